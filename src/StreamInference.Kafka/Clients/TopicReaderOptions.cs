namespace StreamInference.Kafka.Clients;

/// <summary>Where a reader starts in each partition.</summary>
public abstract record ReadFrom
{
    private ReadFrom()
    {
    }

    /// <summary>At the oldest record.</summary>
    public sealed record Beginning : ReadFrom;

    /// <summary>Behind the newest record.</summary>
    public sealed record End : ReadFrom;

    /// <summary>At an offset of every partition.</summary>
    /// <param name="Offset">The first offset to read.</param>
    public sealed record At(long Offset) : ReadFrom;

    /// <summary>So many records before the end of every partition.</summary>
    /// <param name="Records">How many, transaction markers counted.</param>
    public sealed record Last(long Records) : ReadFrom;

    /// <summary>At the first record of this time or later.</summary>
    /// <param name="Timestamp">The time.</param>
    public sealed record Since(DateTimeOffset Timestamp) : ReadFrom;
}

/// <summary>What a <see cref="TopicReader"/> reads.</summary>
public sealed record TopicReaderOptions
{
    /// <summary>The topics; all of their partitions unless <see cref="Partitions"/> says otherwise.</summary>
    public required IReadOnlyList<string> Topics { get; init; }

    /// <summary>The partitions of each topic; null for all.</summary>
    public IReadOnlyList<int>? Partitions { get; init; }

    /// <summary>Where to start.</summary>
    public ReadFrom From { get; init; } = new ReadFrom.End();

    /// <summary>Whether records of open and aborted transactions are left out, as the readers of exactly-once results must.</summary>
    public bool ReadCommitted { get; init; } = true;

    /// <summary>How long the cluster may take to answer before the reader gives up.</summary>
    public TimeSpan ConnectLimit { get; init; } = TimeSpan.FromSeconds(15);
}
