namespace StreamInference.States;

/// <summary>How much is remembered, and how long.</summary>
public sealed record KeyedStateOptions
{
    /// <summary>The state of a key that is not known (any more); its length is that of every state.</summary>
    public required ReadOnlyMemory<byte> Initial { get; init; }

    /// <summary>The most keys that are remembered of one partition; the one that was longest without a record is forgotten first.</summary>
    public int MaxKeys { get; init; } = 100_000;

    /// <summary>How long a key is remembered after its last record, by the records' timestamps; null: for ever.</summary>
    public TimeSpan? TimeToLive { get; init; }
}
