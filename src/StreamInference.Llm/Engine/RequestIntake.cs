using StreamInference.Llm.Execution;
using StreamInference.Llm.Sampling;
using StreamInference.Llm.Scheduling;

namespace StreamInference.Llm.Engine;

/// <summary>Turns a request into engine state, or says as a value why it cannot be served.</summary>
internal sealed class RequestIntake(ModelProfile profile, int maxCacheTokens, ITokenCodec codec, LlmEngineOptions options)
{
    private const int FirstCapacity = 1024;

    private readonly int _maxLength = Math.Min(profile.MaxSequenceLength, maxCacheTokens);
    private long _arrivals;

    public GenerationError? TryCreate(GenerationRequest request, long submittedAt, out RequestState? state)
    {
        state = null;
        if (SamplingValidator.Validate(request.Sampling, profile.VocabularySize, options.MaxChoices) is { } badSampling) return badSampling;
        if (Encode(request, out int[] prompt) is { } badText) return badText;
        if (CheckTokens(request, prompt) is { } badTokens) return badTokens;
        int maxOutput = Math.Min(request.Sampling.MaxTokens ?? int.MaxValue, _maxLength - prompt.Length);
        state = new RequestState(request, prompt, _arrivals++, submittedAt) { MaxOutput = maxOutput };
        state.Sequences = new Sequence[request.Sampling.Choices];
        state.Unfinished = state.Sequences.Length;
        for (int choice = 0; choice < state.Sequences.Length; choice++)
        {
            ReadOnlyMemory<int> resumed = choice < request.ResumeTokens.Count ? request.ResumeTokens[choice] : default;
            state.Sequences[choice] = new Sequence(state, choice, resumed.Span, prompt.Length + Math.Min(maxOutput, FirstCapacity))
            {
                Decoder = codec.CreateDecoder(prompt),
                Stops = new StopStringBuffer(request.Sampling.Stop),
            };
        }
        return null;
    }

    private GenerationError? Encode(GenerationRequest request, out int[] prompt)
    {
        prompt = request.PromptTokens.ToArray();
        if (prompt.Length > 0 || request.Prompt is not { } text) return null;
        if (text.Length > options.MaxPromptCharacters)
            return TooLong($"the prompt has {text.Length} characters, the limit is {options.MaxPromptCharacters}");
        if (LoneSurrogate(text) is int at)
            return new(GenerationErrorCodes.InvalidText, $"the prompt is not valid Unicode at character {at}");
        prompt = [.. codec.Encode(text, request.AddSpecialTokens)];
        return null;
    }

    private GenerationError? CheckTokens(GenerationRequest request, int[] prompt)
    {
        if (prompt.Length == 0) return new(GenerationErrorCodes.EmptyPrompt, "the prompt has no tokens");
        if (prompt.Length >= _maxLength)
            return TooLong($"the prompt has {prompt.Length} tokens, the limit is {_maxLength - 1} with one to generate");
        if (Unknown(prompt) is int badPrompt) return UnknownToken(badPrompt);
        foreach (ReadOnlyMemory<int> resumed in request.ResumeTokens)
        {
            if (prompt.Length + resumed.Length > _maxLength)
                return TooLong($"prompt and resumed tokens are {prompt.Length + resumed.Length}, the limit is {_maxLength}");
            if (Unknown(resumed.Span) is int badResumed) return UnknownToken(badResumed);
        }
        return null;
    }

    private int? Unknown(ReadOnlySpan<int> tokens)
    {
        int at = tokens.IndexOfAnyExceptInRange(0, profile.VocabularySize - 1);
        return at < 0 ? null : tokens[at];
    }

    private static int? LoneSurrogate(string text)
    {
        for (int i = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return i;
            i++;
        }
        return null;
    }

    private GenerationError UnknownToken(int token)
        => new(GenerationErrorCodes.UnknownToken, $"token {token} is not in the vocabulary of {profile.VocabularySize}");

    private static GenerationError TooLong(string detail) => new(GenerationErrorCodes.PromptTooLong, detail);
}
