using StreamInference.Llm.Execution;
using StreamInference.Llm.Sampling;
using StreamInference.Llm.Scheduling;

namespace StreamInference.Llm.Engine;

/// <summary>A token that was sampled and not yet committed; below zero when the logits were unusable.</summary>
internal readonly record struct StagedToken(int Token, TokenLogprobs? Logprobs);

/// <summary>Turns committed tokens into text and outputs, and says when a choice has ended.</summary>
internal sealed class OutputWriter(ModelProfile profile, TimeProvider time)
{
    /// <summary>Feeds resumed tokens through decoder and stop strings without output; a reason when they already end the choice.</summary>
    public FinishReason? Replay(Sequence sequence)
    {
        ReadOnlySpan<int> resumed = sequence.Tokens[sequence.PromptLength..];
        foreach (int token in resumed)
        {
            if (EndsBy(sequence, token)) return FinishReason.Stop;
            sequence.Stops!.Append(sequence.Decoder!.Append(token));
            if (sequence.Stops.Stopped) return FinishReason.Stop;
        }
        return resumed.Length >= sequence.Request.MaxOutput ? FinishReason.Length : null;
    }

    /// <summary>Text that is certain after a new token, and the reason when the choice has ended.</summary>
    public FinishReason? Advance(Sequence sequence, int token, out string text)
    {
        if (EndsBy(sequence, token))
        {
            text = Flush(sequence);
            return FinishReason.Stop;
        }
        text = sequence.Stops!.Append(sequence.Decoder!.Append(token));
        if (sequence.Stops.Stopped) return FinishReason.Stop;
        if (sequence.OutputCount < sequence.Request.MaxOutput) return null;
        string rest = Flush(sequence);
        text += rest;
        return sequence.Stops.Stopped ? FinishReason.Stop : FinishReason.Length;
    }

    public GenerationOutput Token(Sequence sequence, StagedToken staged, string text, FinishReason? reason) => new()
    {
        RequestId = sequence.Request.Request.Id,
        Choice = sequence.Choice,
        FirstTokenIndex = sequence.OutputCount - 1,
        TokenIds = [staged.Token],
        TextDelta = text,
        FinishReason = reason,
        IsFinal = reason is not null && sequence.Request.Unfinished == 0,
        Usage = UsageOf(sequence),
        Timings = TimingsOf(sequence),
        Logprobs = staged.Logprobs is null ? null : [staged.Logprobs],
    };

    /// <summary>The end of a choice without a new token.</summary>
    public GenerationOutput Last(Sequence sequence, FinishReason reason, GenerationError? error) => new()
    {
        RequestId = sequence.Request.Request.Id,
        Choice = sequence.Choice,
        FirstTokenIndex = sequence.OutputCount,
        TextDelta = Flush(sequence),
        FinishReason = reason,
        Error = error,
        IsFinal = sequence.Request.Unfinished == 0,
        Usage = UsageOf(sequence),
        Timings = TimingsOf(sequence),
    };

    public static GenerationOutput Refused(long id, GenerationError error)
        => new() { RequestId = id, FinishReason = FinishReason.Error, Error = error, IsFinal = true };

    private bool EndsBy(Sequence sequence, int token)
    {
        SamplingParameters p = sequence.Request.Request.Sampling;
        return (!p.IgnoreEos && Contains(profile.EosTokenIds, token)) || Contains(p.StopTokenIds, token);
    }

    private static bool Contains(IReadOnlyList<int> ids, int token)
    {
        for (int i = 0; i < ids.Count; i++)
            if (ids[i] == token) return true;
        return false;
    }

    private static string Flush(Sequence sequence)
    {
        string tail = sequence.Stops!.Append(sequence.Decoder!.Flush());
        return sequence.Stops.Stopped ? tail : tail + sequence.Stops.Flush();
    }

    private static TokenUsage UsageOf(Sequence sequence) => new(sequence.PromptLength, sequence.OutputCount, sequence.CachedTokens);

    private GenerationTimings TimingsOf(Sequence sequence)
    {
        TimeSpan total = time.GetElapsedTime(sequence.Request.SubmittedAt);
        return new(sequence.Queued ?? total, sequence.TimeToFirstToken ?? total, total);
    }
}
