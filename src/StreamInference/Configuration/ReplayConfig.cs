using StreamInference.Sources;

namespace StreamInference.Configuration;

/// <summary>
/// Makes a pipeline a bounded job over records of the past. Set by code, never by a file. Results then hold nothing that depends on the clock
/// (<c>latency_ms</c>), and deadlines of requests do not count.
/// </summary>
public sealed record ReplayConfig
{
    /// <summary>What is read of each partition of the input topic. Partitions that are not named are not read.</summary>
    public required IReadOnlyDictionary<int, OffsetRange> Bounds { get; init; }

    /// <summary>
    /// The most records in a batch, and the span of offsets that a batch has to itself: batch k holds the records of one partition at the offsets k·span
    /// to (k+1)·span − 1, whatever came when. Null: what the model takes.
    /// </summary>
    public int? BatchSpan { get; init; }

    /// <summary>Whether records that the topic no longer has are passed over; otherwise the worker fails.</summary>
    public bool SkipsGone { get; init; }

    /// <summary>Whether a request to a language model has one result, its whole answer, and its progress is not kept: for outputs that take no half answers.</summary>
    public bool WholeAnswers { get; init; }
}
