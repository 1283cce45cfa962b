using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.PreTokenizers;

/// <summary>When Metaspace writes its mark before a run that does not begin with one.</summary>
internal enum PrependScheme
{
    Always,
    First,
    Never,
}

/// <summary><c>Metaspace</c>: spaces become a mark (usually U+2581), which also starts each piece.</summary>
internal sealed class MetaspaceStep(char mark, PrependScheme scheme, bool split) : PreTokenizerStep
{
    public override void Apply(TextSegment segment, int depth, PieceRun run)
    {
        var marked = Mark(segment, run.Scratch(depth).Rewritten);
        int from = 0;
        for (int i = 1; split && i < marked.Text.Length; i++)
        {
            if (marked.Text[i] != mark)
                continue;
            run.Next(marked.Slice(from, i), depth + 1);
            from = i;
        }

        run.Next(marked.Slice(from, marked.Text.Length), depth + 1);
    }

    private TextSegment Mark(TextSegment segment, RewriteBuffer output)
    {
        output.Begin(segment);
        bool wanted = scheme == PrependScheme.Always || (scheme == PrependScheme.First && segment.StartsInput);
        if (wanted && segment.Text[0] != mark && segment.Text[0] != ' ')
            output.Replace(segment, 0, 0, new ReadOnlySpan<char>(in mark));
        output.Keep(segment, 0, segment.Text.Length);
        output.Written.Replace(' ', mark);
        return output.ToSegment(segment.StartsInput);
    }
}
