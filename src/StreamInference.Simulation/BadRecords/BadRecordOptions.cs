namespace StreamInference.Simulation;

/// <summary>How many records are spoiled, and how.</summary>
public sealed record BadRecordOptions
{
    /// <summary>Share of bad records, 0 to 1.</summary>
    public double Fraction { get; init; } = 0.01;

    /// <summary>Seed of which records and how; apart from the transactions' own.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Kinds drawn from, evenly; all but <see cref="BadRecordKind.None"/> by default.</summary>
    public IReadOnlyList<BadRecordKind> Kinds { get; init; } =
        [.. Enum.GetValues<BadRecordKind>().Where(kind => kind != BadRecordKind.None)];

    /// <summary>Length of a <see cref="BadRecordKind.Huge"/> value; below Kafka's default limit of a message, 1,048,588 bytes.</summary>
    public int HugeBytes { get; init; } = 600_000;
}
