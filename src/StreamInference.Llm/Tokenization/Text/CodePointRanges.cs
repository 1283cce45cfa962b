namespace StreamInference.Llm.Tokenization.Text;

/// <summary>A set of code points as sorted pairs of first and last.</summary>
internal sealed class CodePointRanges(int[] bounds)
{
    public ReadOnlySpan<int> Bounds => bounds;

    public bool Contains(int codePoint)
    {
        int at = Array.BinarySearch(bounds, codePoint);
        if (at >= 0)
            return true;
        // An odd insertion point lies between a first and its last.
        return ((~at) & 1) == 1;
    }
}
