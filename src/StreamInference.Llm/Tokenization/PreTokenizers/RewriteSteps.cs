using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.PreTokenizers;

/// <summary><c>add_prefix_space</c> of ByteLevel: a space before each run that does not begin with one.</summary>
internal sealed class PrefixSpaceStep : PreTokenizerStep
{
    public override void Apply(TextSegment segment, int depth, PieceRun run)
    {
        if (segment.Text[0] == ' ')
        {
            run.Next(segment, depth + 1);
            return;
        }

        var output = run.Scratch(depth).Rewritten;
        output.Begin(segment);
        output.Replace(segment, 0, 0, " ");
        output.Keep(segment, 0, segment.Text.Length);
        run.Next(output.ToSegment(segment.StartsInput), depth + 1);
    }
}

/// <summary>The byte mapping of ByteLevel, as a step of its own.</summary>
internal sealed class ByteAlphabetStep : PreTokenizerStep
{
    private static readonly ByteAlphabetRewriter Rewriter = new();

    public override void Apply(TextSegment segment, int depth, PieceRun run)
    {
        var output = run.Scratch(depth).Rewritten;
        run.Next(Rewriter.TryRewrite(segment, output) ? output.ToSegment(segment.StartsInput) : segment, depth + 1);
    }
}
