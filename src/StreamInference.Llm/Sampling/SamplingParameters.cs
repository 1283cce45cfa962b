namespace StreamInference.Llm.Sampling;

/// <summary>How output tokens are chosen and when to stop; names and meanings are vLLM's.</summary>
public sealed record SamplingParameters
{
    /// <summary>The most likely token each time.</summary>
    public static SamplingParameters Greedy { get; } = new() { Temperature = 0 };

    /// <summary>Choices to make (n).</summary>
    public int Choices { get; init; } = 1;

    /// <summary>Output tokens at most, resumed ones counted; null means up to the model's length.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>0 is greedy; 1 is the model's own distribution.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Only the k most likely tokens; 0 means all. Tokens tied with the k-th stay.</summary>
    public int TopK { get; init; }

    /// <summary>Only the smallest set of tokens whose probabilities reach this; 1 means all.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Only tokens at least this fraction as likely as the most likely one; 0 means all.</summary>
    public float MinP { get; init; }

    /// <summary>Divides (or, below zero, multiplies) logits of tokens in prompt or output (CTRL); 1 means none.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Taken off the logits of tokens in the output (OpenAI).</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Taken off the logits of tokens in the output, once per occurrence (OpenAI).</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Seed of the draws; null takes the request id. Same seed, same prompt: same output.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Null for no log-probabilities; otherwise how many of the most likely tokens to tell besides the chosen one.</summary>
    public int? Logprobs { get; init; }

    /// <summary>Texts that end the output; they are not part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Tokens that end the output.</summary>
    public IReadOnlyList<int> StopTokenIds { get; init; } = [];

    /// <summary>Go on past the model's end tokens.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>Added to the logits of these tokens.</summary>
    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }
}
