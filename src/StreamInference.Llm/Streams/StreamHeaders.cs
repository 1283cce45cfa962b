namespace StreamInference.Llm.Streams;

/// <summary>Headers of requests.</summary>
public static class StreamHeaders
{
    /// <summary>When nobody waits for the answer any more: Unix milliseconds or ISO 8601.</summary>
    public const string Deadline = "si-deadline";
}
