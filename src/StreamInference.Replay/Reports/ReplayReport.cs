using StreamInference.Pipeline;

namespace StreamInference.Replay.Reports;

/// <summary>What a run of a replay job did. Data only: it is shown as a table, written as JSON and drawn as a page.</summary>
public sealed record ReplayReport
{
    /// <summary>The job's id.</summary>
    public required string Job { get; init; }

    /// <summary>The name of the pipeline that was replayed.</summary>
    public required string Pipeline { get; init; }

    /// <summary>The model that made the results, <c>name@version</c>.</summary>
    public required string Model { get; init; }

    /// <summary>The topic that was read.</summary>
    public required string SourceTopic { get; init; }

    /// <summary>The topic of the results.</summary>
    public required string OutputTopic { get; init; }

    /// <summary>The topic of the records without a result.</summary>
    public required string DeadLetterTopic { get; init; }

    /// <summary>When this run began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>From the begin of this run to the commit of its last result.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Whether the counts are those of the whole job; false where an earlier run or another process did a part of it, or the job is not done.</summary>
    public required bool IsWhole { get; init; }

    /// <summary>The partitions of the job, in their order.</summary>
    public required IReadOnlyList<ReplayedPartition> Partitions { get; init; }

    /// <summary>Offset ranges of the job that the source topic no longer had (retention).</summary>
    public IReadOnlyList<GoneRange> Gone { get; init; } = [];

    /// <summary>Results committed to the output topic.</summary>
    public required long Results { get; init; }

    /// <summary>Records committed to the dead-letter topic.</summary>
    public required long DeadLetters { get; init; }

    /// <summary>Dead letters by error code, the most frequent first.</summary>
    public IReadOnlyList<CodeCount> DeadLettersByCode { get; init; } = [];

    /// <summary>From the first commit of this run to its last: without loading the model, joining and leaving.</summary>
    public TimeSpan CommittingTime { get; init; }

    /// <summary>What gathering this report has cost, of all workers together.</summary>
    public TimeSpan ReportingTime { get; init; }

    /// <summary>Records per second over <see cref="Elapsed"/>.</summary>
    public required double RecordsPerSecond { get; init; }

    /// <summary>The rate over the run, in equal steps of time.</summary>
    public IReadOnlyList<ThroughputSample> Throughput { get; init; } = [];

    /// <summary>From the read of a batch's first record to the commit of its results, weighted by records.</summary>
    public required LatencySummary Latency { get; init; }

    /// <summary>How the numeric outputs of the results are distributed, by their names in the result.</summary>
    public IReadOnlyList<ScoreDistribution> Scores { get; init; } = [];

    /// <summary>How often each text output of the results has each of its values (decisions, classes).</summary>
    public IReadOnlyList<LabelDistribution> Labels { get; init; } = [];
}

/// <summary>One partition's part of a replay.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="From">The first offset of the job.</param>
/// <param name="To">The offset behind the last one of the job.</param>
/// <param name="Position">The committed offset: below it everything is done.</param>
/// <param name="Records">Records of this run; fewer than the offsets where the topic has gaps.</param>
public sealed record ReplayedPartition(int Partition, long From, long To, long Position, long Records);

/// <summary>Offsets that expired before they could be replayed.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="From">The first offset that is gone.</param>
/// <param name="To">The offset behind the last one that is gone.</param>
public sealed record GoneRange(int Partition, long From, long To)
{
    /// <inheritdoc/>
    public override string ToString() => $"partition {Partition}: offsets {From} to {To - 1}";
}

/// <summary>How many dead letters have an error code.</summary>
/// <param name="Code">The stable code (<c>si-error</c>).</param>
/// <param name="Count">How many.</param>
public sealed record CodeCount(string Code, long Count);

/// <summary>The rate in one step of the run.</summary>
/// <param name="At">The end of the step, from the begin of the run.</param>
/// <param name="RecordsPerSecond">Records committed in the step, per second.</param>
public sealed record ThroughputSample(TimeSpan At, double RecordsPerSecond);

/// <summary>Percentiles of a latency.</summary>
/// <param name="P50">The median.</param>
/// <param name="P90">90 % are at most so long.</param>
/// <param name="P99">99 % are at most so long.</param>
/// <param name="Max">The longest.</param>
public sealed record LatencySummary(TimeSpan P50, TimeSpan P90, TimeSpan P99, TimeSpan Max)
{
    internal static LatencySummary Of(LatencyHistogram latencies)
    {
        TimeSpan At(double quantile) => TimeSpan.FromSeconds(latencies.Quantile(quantile));
        return new LatencySummary(At(0.5), At(0.9), At(0.99), TimeSpan.FromSeconds(latencies.Max));
    }
}

/// <summary>The distribution of one numeric output.</summary>
public sealed record ScoreDistribution
{
    /// <summary>The output's name in the result's JSON.</summary>
    public required string Name { get; init; }

    /// <summary>How many results have it.</summary>
    public required long Count { get; init; }

    /// <summary>The least value.</summary>
    public required double Min { get; init; }

    /// <summary>The greatest value.</summary>
    public required double Max { get; init; }

    /// <summary>The mean.</summary>
    public required double Mean { get; init; }

    /// <summary>The histogram: neighbouring buckets in rising order, each with its lower bound inclusive.</summary>
    public required IReadOnlyList<HistogramBucket> Histogram { get; init; }
}

/// <summary>One bucket of a histogram.</summary>
/// <param name="From">The lower bound, inclusive.</param>
/// <param name="To">The upper bound, exclusive (inclusive in the last bucket).</param>
/// <param name="Count">Values in it.</param>
public sealed record HistogramBucket(double From, double To, long Count);

/// <summary>How often one text output has each of its values.</summary>
public sealed record LabelDistribution
{
    /// <summary>The output's name in the result's JSON.</summary>
    public required string Name { get; init; }

    /// <summary>The values, the most frequent first.</summary>
    public required IReadOnlyList<LabelCount> Values { get; init; }
}

/// <summary>How many results have a value.</summary>
/// <param name="Value">The value.</param>
/// <param name="Count">How many.</param>
public sealed record LabelCount(string Value, long Count);
