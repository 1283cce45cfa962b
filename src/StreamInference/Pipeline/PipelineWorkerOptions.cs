using StreamInference.Commit;
using StreamInference.Configuration;
using StreamInference.Records;

namespace StreamInference.Pipeline;

/// <summary>What a worker needs to know beside its parts.</summary>
public sealed record PipelineWorkerOptions
{
    /// <summary>The pipeline's name, for logs.</summary>
    public required string Pipeline { get; init; }

    /// <summary>The worker's slot: 0 to workers − 1, stable across restarts.</summary>
    public int Slot { get; init; }

    /// <summary>When transactions are due.</summary>
    public CommitPolicy Commit { get; init; } = new(TimeSpan.FromMilliseconds(100));

    /// <summary>Whether records have many results, whose progress is committed with them (token streams).</summary>
    public bool Streams { get; init; }

    /// <summary>Batches are fixed by offsets (<see cref="Batching.OffsetBatcher"/>) of at most this span; null: the batch policy makes them.</summary>
    public int? OffsetSpan { get; init; }

    /// <summary>Records read and not yet committed at which the worker reads no more.</summary>
    public int MaxInFlightRecords { get; init; } = 100_000;

    /// <summary>Records larger than this (bytes of value) go to the dead-letter topic unread.</summary>
    public int MaxRecordBytes { get; init; } = 1 << 20;

    /// <summary>What becomes of a record while a newer one of its key waits.</summary>
    public LatestOnly LatestOnly { get; init; }

    /// <summary>Conditions that all must hold for a record to be taken; others are passed over: no result, and their offsets are committed.</summary>
    public IReadOnlyList<FieldCondition> Where { get; init; } = [];

    /// <summary>How long the worker may be unable to read before it pauses its partitions, so that polling keeps the membership alive.</summary>
    public TimeSpan PauseAfter { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait of one pass: bounds how late a stop is noticed.</summary>
    public TimeSpan MaxPollWait { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a revoke may take to bring its last commit to an end.</summary>
    public TimeSpan RevokeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a stop waits for records in flight before it leaves them to the next owner.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
