namespace StreamInference.Records;

/// <summary>Names one input record for as long as its topic exists: <c>topic/partition/offset</c>, the value of the <c>si-source</c> header.</summary>
public readonly record struct RecordId(string Topic, int Partition, long Offset)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Topic}/{Partition}/{Offset}";
}
