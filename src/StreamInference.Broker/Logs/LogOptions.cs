namespace StreamInference.Broker.Logs;

/// <summary>The settings of a topic that its logs go by. Times in milliseconds; -1 means no limit, as in Kafka.</summary>
internal sealed record LogOptions
{
    public int MaxMessageBytes { get; init; } = 1_048_588;

    public long SegmentBytes { get; init; } = 1 << 30;

    public long SegmentMs { get; init; } = 604_800_000;

    public long RetentionBytes { get; init; } = -1;

    public long RetentionMs { get; init; } = 604_800_000;

    public long DeleteRetentionMs { get; init; } = 86_400_000;

    public double MinCleanableDirtyRatio { get; init; } = 0.5;

    public bool Compact { get; init; }

    public bool Delete { get; init; } = true;
}
