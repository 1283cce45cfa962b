namespace StreamInference.Llm.Streams;

/// <summary>How token streams are cut into records.</summary>
public sealed record TokenStreamOptions
{
    /// <summary>The shortest time between two records of one request: tokens in between go out together.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromMilliseconds(40);

    /// <summary>
    /// Flushes that may wait for their commit. While a commit is under way tokens gather, so the records of a slow cluster are larger, not more.
    /// </summary>
    public int MaxOutstandingFlushes { get; init; } = 1;

    /// <summary>Requests that run or wait in the engine; beyond it the worker reads no more.</summary>
    public int MaxRequests { get; init; } = 1024;

    /// <summary>Larger requests (bytes of value) end with the error <c>record_too_large</c>.</summary>
    public int MaxRequestBytes { get; init; } = 1 << 20;

    /// <summary>Cancellations that are remembered for requests still to come.</summary>
    public int MaxRememberedCancellations { get; init; } = 10_000;

    /// <summary>How records become requests; null: they are requests.</summary>
    public RequestTemplate? Request { get; init; }

    /// <summary>Whether requests run to their end whatever their deadline says: in a replay every deadline has passed.</summary>
    public bool IgnoresDeadlines { get; init; }

    /// <summary>Other names that a request may give the model, beside the model's own.</summary>
    public IReadOnlyList<string> ModelAliases { get; init; } = [];
}
