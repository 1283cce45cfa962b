namespace StreamInference.Llm.Tokenization.Text;

/// <summary>
/// A run of text on its way through the pipeline. <see cref="Origins"/> has one entry per unit of <see cref="Text"/> when
/// offsets are asked for and is empty on the fast path. <see cref="StartsInput"/> tells the prefix rules whether this run
/// begins where the caller's text begins.
/// </summary>
internal readonly ref struct TextSegment(ReadOnlySpan<char> text, ReadOnlySpan<Origin> origins, bool startsInput)
{
    public ReadOnlySpan<char> Text { get; } = text;

    public ReadOnlySpan<Origin> Origins { get; } = origins;

    public bool StartsInput { get; } = startsInput;

    public bool IsEmpty => Text.IsEmpty;

    public bool IsTracked => !Origins.IsEmpty;

    public TextSegment Slice(int start, int end) =>
        new(Text[start..end], Origins.IsEmpty ? default : Origins[start..end], StartsInput && start == 0);
}
