namespace StreamInference.Llm.Engine;

/// <summary>What one step made for one choice of a request: new tokens, their text, and the end when it came.</summary>
public sealed record GenerationOutput
{
    /// <summary>The request.</summary>
    public required long RequestId { get; init; }

    /// <summary>Which of the request's n choices, from 0.</summary>
    public int Choice { get; init; }

    /// <summary>Index of the first token here among the choice's output tokens, resumed ones counted.</summary>
    public int FirstTokenIndex { get; init; }

    /// <summary>New output tokens.</summary>
    public IReadOnlyList<int> TokenIds { get; init; } = [];

    /// <summary>
    /// Text that is certain now. It may lag behind the tokens: half a character, and what may still become a stop string, are held back.
    /// </summary>
    public string TextDelta { get; init; } = string.Empty;

    /// <summary>Set on the choice's last output.</summary>
    public FinishReason? FinishReason { get; init; }

    /// <summary>Set when <see cref="FinishReason"/> is <see cref="Engine.FinishReason.Error"/>.</summary>
    public GenerationError? Error { get; init; }

    /// <summary>True on the request's last output: every choice has ended.</summary>
    public bool IsFinal { get; init; }

    /// <summary>Token counts so far.</summary>
    public TokenUsage Usage { get; init; }

    /// <summary>Times so far.</summary>
    public GenerationTimings Timings { get; init; }

    /// <summary>One entry per token of <see cref="TokenIds"/> where asked for.</summary>
    public IReadOnlyList<TokenLogprobs>? Logprobs { get; init; }
}

/// <summary>Token counts of one choice.</summary>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="CompletionTokens">Output tokens, resumed ones counted.</param>
/// <param name="CachedTokens">Prompt tokens whose keys and values came from the prefix cache.</param>
public readonly record struct TokenUsage(int PromptTokens, int CompletionTokens, int CachedTokens);

/// <summary>Times of one choice, from its submission.</summary>
/// <param name="Queued">Until it was first scheduled.</param>
/// <param name="TimeToFirstToken">Until its first new token.</param>
/// <param name="Total">Until this output.</param>
public readonly record struct GenerationTimings(TimeSpan Queued, TimeSpan TimeToFirstToken, TimeSpan Total);

/// <summary>Log-probabilities at one output position, of the model's own distribution (before penalties and temperature).</summary>
/// <param name="TokenId">The chosen token.</param>
/// <param name="Logprob">Its natural log-probability.</param>
/// <param name="Top">The most likely tokens, best first.</param>
public sealed record TokenLogprobs(int TokenId, float Logprob, IReadOnlyList<TokenLogprob> Top);

/// <summary>One token with its natural log-probability.</summary>
public readonly record struct TokenLogprob(int TokenId, float Logprob);
