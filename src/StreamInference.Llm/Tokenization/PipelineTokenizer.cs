using System.Buffers;
using Microsoft.ML.Tokenizers;

namespace StreamInference.Llm.Tokenization;

/// <summary>The pipeline behind the contract of Microsoft.ML.Tokenizers. Adds no special tokens; offsets are of the text as given.</summary>
internal sealed class PipelineTokenizer(TokenizerPipeline pipeline, TokenTable tokens, Func<IEnumerable<int>, string> decode) : Tokenizer
{
    public override string Decode(IEnumerable<int> ids) => decode(ids);

    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        var all = ids as IReadOnlyCollection<int> ?? [.. ids];
        string text = decode(all);
        if (!text.TryCopyTo(destination))
        {
            idsConsumed = charsWritten = 0;
            return OperationStatus.DestinationTooSmall;
        }

        idsConsumed = all.Count;
        charsWritten = text.Length;
        return OperationStatus.Done;
    }

    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        if (settings.MaxTokenCount < int.MaxValue)
        {
            var limited = EncodeToTokens(text, textSpan, settings);
            return new EncodeResults<int> { Tokens = [.. limited.Tokens.Select(t => t.Id)], CharsConsumed = limited.CharsConsumed };
        }

        var span = text ?? textSpan;
        var ids = new List<int>((span.Length / 3) + 4);
        pipeline.Encode(span, addSpecialTokens: false, ids);
        return new EncodeResults<int> { Tokens = ids, CharsConsumed = span.Length };
    }

    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var span = text ?? textSpan;
        var offsets = pipeline.EncodeWithOffsets(span);
        int count = CountFromStart(offsets, settings.MaxTokenCount);
        return new EncodeResults<EncodedToken>
        {
            Tokens = [.. offsets.Take(count).Select(t => new EncodedToken(t.Id, tokens.TextOf(t.Id) ?? "", t.Origin.Start..t.Origin.End))],
            CharsConsumed = count == offsets.Count ? span.Length : EndOf(offsets, count),
        };
    }

    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        EncodeToIds(text, textSpan, settings).Tokens.Count;

    protected override int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText, out int tokenCount)
    {
        var span = text ?? textSpan;
        var offsets = pipeline.EncodeWithOffsets(span);
        // Offsets are of the text as given, so there is no normalized text to index.
        normalizedText = null;
        if (!fromEnd)
        {
            tokenCount = CountFromStart(offsets, settings.MaxTokenCount);
            return tokenCount == offsets.Count ? span.Length : EndOf(offsets, tokenCount);
        }

        int first = Math.Max(0, offsets.Count - settings.MaxTokenCount);
        while (first > 0 && first < offsets.Count && offsets[first - 1].Origin.End > offsets[first].Origin.Start)
            first++;
        tokenCount = offsets.Count - first;
        return first == 0 ? 0 : EndOf(offsets, first);
    }

    // A cut never falls between tokens that share a character.
    private static int CountFromStart(List<TokenOffset> offsets, int limit)
    {
        int count = Math.Min(offsets.Count, limit);
        while (count > 0 && count < offsets.Count && offsets[count - 1].Origin.End > offsets[count].Origin.Start)
            count--;
        return count;
    }

    private static int EndOf(List<TokenOffset> offsets, int count) => count == 0 ? 0 : offsets[count - 1].Origin.End;
}
