using StreamInference.Llm.Engine;

namespace StreamInference.Llm.Sampling;

/// <summary>Says what is impossible in sampling values, all at once.</summary>
internal static class SamplingValidator
{
    private const int MaxStopStrings = 64;
    private const int MaxStopLength = 1024;
    private const int MaxLogprobs = 64;

    public static GenerationError? Validate(SamplingParameters p, int vocabularySize, int maxChoices)
    {
        List<string> faults = [];
        Require(faults, p.Choices >= 1 && p.Choices <= maxChoices, "n", p.Choices, $"1 to {maxChoices}");
        Require(faults, p.MaxTokens is null or >= 1, "max_tokens", p.MaxTokens, "at least 1");
        Require(faults, float.IsFinite(p.Temperature) && p.Temperature is >= 0 and <= 100, "temperature", p.Temperature, "0 to 100");
        Require(faults, p.TopK >= 0, "top_k", p.TopK, "at least 0");
        Require(faults, p.TopP is > 0 and <= 1, "top_p", p.TopP, "above 0, at most 1");
        Require(faults, p.MinP is >= 0 and <= 1, "min_p", p.MinP, "0 to 1");
        Require(faults, float.IsFinite(p.RepetitionPenalty) && p.RepetitionPenalty > 0, "repetition_penalty", p.RepetitionPenalty, "above 0");
        Require(faults, p.PresencePenalty is >= -2 and <= 2, "presence_penalty", p.PresencePenalty, "-2 to 2");
        Require(faults, p.FrequencyPenalty is >= -2 and <= 2, "frequency_penalty", p.FrequencyPenalty, "-2 to 2");
        Require(faults, p.Logprobs is null or (>= 0 and <= MaxLogprobs), "logprobs", p.Logprobs, $"0 to {MaxLogprobs}");
        Require(faults, p.Stop.Count <= MaxStopStrings, "stop", p.Stop.Count, $"at most {MaxStopStrings} strings");
        foreach (string stop in p.Stop)
            Require(faults, stop is { Length: >= 1 and <= MaxStopLength }, "stop", stop, $"1 to {MaxStopLength} characters");
        foreach (int token in p.StopTokenIds)
            Require(faults, token >= 0 && token < vocabularySize, "stop_token_ids", token, $"below {vocabularySize}");
        foreach ((int token, float bias) in p.LogitBias ?? new Dictionary<int, float>())
        {
            Require(faults, token >= 0 && token < vocabularySize, "logit_bias", token, $"below {vocabularySize}");
            Require(faults, bias is >= -100 and <= 100, "logit_bias", bias, "-100 to 100");
        }
        return faults.Count == 0 ? null : new GenerationError(GenerationErrorCodes.InvalidParameter, string.Join("; ", faults));
    }

    private static void Require(List<string> faults, bool holds, string name, object? value, string range)
    {
        if (!holds) faults.Add(FormattableString.Invariant($"{name} is {value ?? "null"}, it must be {range}"));
    }
}
