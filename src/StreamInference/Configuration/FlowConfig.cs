namespace StreamInference.Configuration;

/// <summary>How batches are made.</summary>
public enum BatchPolicy
{
    /// <summary>A batch goes when it is full or its oldest record has waited long enough.</summary>
    Fixed,

    /// <summary>Like <see cref="Fixed"/>, and the size follows the measured inference time towards a latency target.</summary>
    Adaptive,
}

/// <summary>What becomes of a record that waits for the model when a newer one of its key comes.</summary>
public enum LatestOnly
{
    /// <summary>Every record goes to the model.</summary>
    Off,

    /// <summary>The older record gets no result; its offset is committed and the drop is counted.</summary>
    Drop,

    /// <summary>The older record becomes a dead letter with the code <c>superseded</c>, and the drop is counted.</summary>
    DeadLetter,
}

/// <summary>When a batch goes to the model.</summary>
public sealed record BatchConfig
{
    /// <summary>How batches are made.</summary>
    [Setting("fixed: by size and wait alone; adaptive: the size also follows the measured inference time towards target_latency.")]
    public BatchPolicy Policy { get; init; } = BatchPolicy.Adaptive;

    /// <summary>The most records in a batch; null: what the model takes.</summary>
    [Setting("The most records in a batch; by default what the model takes.", Minimum = "1", Maximum = "65536")]
    public int? MaxSize { get; init; }

    /// <summary>The longest that the oldest record of a batch waits for company.</summary>
    [Setting("The longest that the oldest record of a batch waits for company.", Minimum = "0ms", Maximum = "1m")]
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>What the adaptive policy aims at: from reading a record to its result.</summary>
    [Setting("What the adaptive policy aims at: the time from reading a record to its result.", Minimum = "1ms", Maximum = "10m")]
    public TimeSpan TargetLatency { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Whether records that the model has no time for give way to newer ones of their key.</summary>
    [Setting("For streams whose readers want the present (cameras): a record that waits gives way to a newer one of its key. drop: it gets no result; dead_letter: it becomes a dead letter.")]
    public LatestOnly LatestOnly { get; init; }
}

/// <summary>When results and offsets are committed. A commit is due on any of the three, and when nothing is in flight.</summary>
public sealed record CommitConfig
{
    /// <summary>The longest that a finished result waits.</summary>
    [Setting("The longest that a finished result waits for its commit.", Minimum = "1ms", Maximum = "1m")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The most results of one transaction.</summary>
    [Setting("Commit when this many results wait.", Minimum = "1", Maximum = "10000000")]
    public int MaxRecords { get; init; } = 20_000;

    /// <summary>The most bytes of one transaction.</summary>
    [Setting("Commit when results of this many bytes wait.", Minimum = "1KiB", Maximum = "1GiB")]
    public ByteSize MaxBytes { get; init; } = new(16 << 20);
}

/// <summary>What a worker may hold at most; above it, fetching pauses and the group membership stays.</summary>
public sealed record LimitsConfig
{
    /// <summary>Records read and not committed, per worker.</summary>
    [Setting("Records that a worker has read and not committed, at most.", Minimum = "1", Maximum = "10000000")]
    public int MaxInFlightRecords { get; init; } = 100_000;
}
