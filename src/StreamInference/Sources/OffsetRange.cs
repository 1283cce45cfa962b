namespace StreamInference.Sources;

/// <summary>Offsets of one partition.</summary>
/// <param name="From">The first offset.</param>
/// <param name="To">The offset behind the last one; the range is empty where it is not above <paramref name="From"/>.</param>
public readonly record struct OffsetRange(long From, long To)
{
    /// <summary>How many offsets there are; records may be fewer.</summary>
    public long Length => Math.Max(0, To - From);
}
