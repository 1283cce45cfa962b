namespace StreamInference.Configuration;

/// <summary>Where a group without a committed offset starts.</summary>
public enum OffsetReset
{
    /// <summary>At the oldest record.</summary>
    Earliest,

    /// <summary>Behind the newest record.</summary>
    Latest,

    /// <summary>Not at all: the worker fails.</summary>
    Error,
}

/// <summary>Which headers a result record carries.</summary>
public enum ResultHeaders
{
    /// <summary>All of <c>si-pipeline</c>, <c>si-model</c>, <c>si-version</c>, <c>si-source</c>, <c>si-seq</c>, <c>si-final</c>, and <c>traceparent</c> of the input.</summary>
    Standard,

    /// <summary>Only <c>si-source</c>, which is what a verifier of exactly-once needs.</summary>
    Source,

    /// <summary>None: the smallest record.</summary>
    None,
}

/// <summary>The input topic and its consumer group.</summary>
public sealed record InputConfig
{
    internal const string TopicPattern = "[a-zA-Z0-9._-]{1,249}";

    /// <summary>The topic's name.</summary>
    [Setting("The input topic.", Pattern = TopicPattern)]
    public required string Topic { get; init; }

    /// <summary>The consumer group; null: the pipeline's name.</summary>
    [Setting("The consumer group; by default the pipeline's name.", Pattern = ".{1,249}")]
    public string? Group { get; init; }

    /// <summary>Where a group without a committed offset starts.</summary>
    [Setting("Where a group without a committed offset starts.")]
    public OffsetReset OffsetReset { get; init; } = OffsetReset.Earliest;

    /// <summary>
    /// Conditions that all must hold, as <see cref="Records.FieldCondition"/> has them; null: every record is taken. Others are passed over: they
    /// have no result, and their offsets are committed.
    /// </summary>
    [Setting("Take only records whose JSON value fulfils all of these, e.g. /decision=decline or \"/score>0.9\"; others are passed over.")]
    public IReadOnlyList<string>? Where { get; init; }

    /// <summary>Larger records become dead letters with the code <c>record_too_large</c>.</summary>
    [Setting("Larger records become dead letters.", Minimum = "1B", Maximum = "1GiB")]
    public ByteSize MaxRecordBytes { get; init; } = new(1 << 20);
}

/// <summary>The output topic.</summary>
public sealed record OutputConfig
{
    /// <summary>The topic's name.</summary>
    [Setting("The output topic.", Pattern = InputConfig.TopicPattern)]
    public required string Topic { get; init; }

    /// <summary>Which headers a result carries.</summary>
    [Setting("Which headers a result carries: all, si-source alone, or none.")]
    public ResultHeaders Headers { get; init; } = ResultHeaders.Standard;
}

/// <summary>The topic of records that have no result.</summary>
public sealed record DeadLetterConfig
{
    /// <summary>The topic's name.</summary>
    [Setting("The dead-letter topic.", Pattern = InputConfig.TopicPattern)]
    public required string Topic { get; init; }
}

/// <summary>The topic of the progress of unfinished requests: compacted, with as many partitions as the input topic.</summary>
public sealed record ProgressConfig
{
    /// <summary>The topic's name.</summary>
    [Setting("The progress topic: compacted, with as many partitions as the input topic.", Pattern = InputConfig.TopicPattern)]
    public required string Topic { get; init; }
}

/// <summary>The topic of the states of keys: compacted, with as many partitions as the input topic.</summary>
public sealed record StateConfig
{
    /// <summary>The topic's name.</summary>
    [Setting("The state topic: compacted, with as many partitions as the input topic.", Pattern = InputConfig.TopicPattern)]
    public required string Topic { get; init; }
}
