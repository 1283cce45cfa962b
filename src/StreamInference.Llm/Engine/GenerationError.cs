namespace StreamInference.Llm.Engine;

/// <summary>A failed request as a value: a stable code and what a person needs to mend it.</summary>
/// <param name="Code">One of <see cref="GenerationErrorCodes"/>.</param>
/// <param name="Detail">Numbers and names.</param>
public sealed record GenerationError(string Code, string Detail);

/// <summary>Stable error codes of the engine.</summary>
public static class GenerationErrorCodes
{
    /// <summary>No prompt tokens at all.</summary>
    public const string EmptyPrompt = "empty_prompt";

    /// <summary>Prompt (and resumed tokens) leave no room for an output token.</summary>
    public const string PromptTooLong = "prompt_too_long";

    /// <summary>A prompt that is no text: lone surrogates, that is broken UTF-8 at its source.</summary>
    public const string InvalidText = "invalid_text";

    /// <summary>A token id outside the model's vocabulary.</summary>
    public const string UnknownToken = "unknown_token";

    /// <summary>An impossible sampling value.</summary>
    public const string InvalidParameter = "invalid_parameter";

    /// <summary>A request id that is still being worked on.</summary>
    public const string DuplicateRequest = "duplicate_request";

    /// <summary>The model gave NaN or infinite logits for this sequence.</summary>
    public const string InvalidLogits = "invalid_logits";

    /// <summary>The runtime refused this sequence even alone.</summary>
    public const string ExecutionFailed = "execution_failed";

    /// <summary>The engine is unusable.</summary>
    public const string EngineFailed = "engine_failed";
}
