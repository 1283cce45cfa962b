namespace StreamInference.Llm.Engine;

/// <summary>Why a choice ended.</summary>
public enum FinishReason
{
    /// <summary>An end token, a stop token or a stop string.</summary>
    Stop,

    /// <summary>The token limit or the model's length.</summary>
    Length,

    /// <summary>The caller took it back.</summary>
    Cancelled,

    /// <summary>Its deadline passed.</summary>
    DeadlineExceeded,

    /// <summary>It failed; <see cref="GenerationOutput.Error"/> says why.</summary>
    Error,
}
