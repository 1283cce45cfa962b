using System.Text;

namespace StreamInference.Llm.Tokenization.Text;

/// <summary>A rewriting step that looks at one code point at a time.</summary>
internal abstract class RuneRewriter : ITextRewriter
{
    public bool TryRewrite(TextSegment source, RewriteBuffer output)
    {
        Span<char> replacement = stackalloc char[8];
        bool changed = false;
        int keptFrom = 0;
        for (int i = 0; i < source.Text.Length;)
        {
            Rune.DecodeFromUtf16(source.Text[i..], out var rune, out int length);
            int written = Map(rune, replacement);
            if (written >= 0)
            {
                if (!changed)
                    output.Begin(source);
                changed = true;
                output.Keep(source, keptFrom, i - keptFrom);
                output.Replace(source, i, length, replacement[..written]);
                keptFrom = i + length;
            }

            i += length;
        }

        if (changed)
            output.Keep(source, keptFrom, source.Text.Length - keptFrom);
        return changed;
    }

    /// <summary>Writes what takes the place of <paramref name="rune"/> and returns its length, or -1 when the code point stays as it is.</summary>
    protected abstract int Map(Rune rune, Span<char> replacement);
}
