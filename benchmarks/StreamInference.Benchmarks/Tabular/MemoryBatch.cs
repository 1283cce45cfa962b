using StreamInference.Records;

namespace StreamInference.Benchmarks.Tabular;

/// <summary>A batch over values in managed memory.</summary>
internal sealed class MemoryBatch : RecordLease
{
    private readonly byte[][] _values;

    private MemoryBatch(byte[][] values) => _values = values;

    internal static MicroBatch Of(byte[][] values)
    {
        MemoryBatch lease = new(values);
        PartitionAssignment assignment = new("transactions", 0);
        MicroBatch batch = new(values.Length);
        for (int index = 0; index < values.Length; index++) batch.Add(new StreamRecord(lease, index, assignment, index, 0), 0);
        return batch;
    }

    public override ReadOnlySpan<byte> Key(int index) => [];

    public override bool HasKey(int index) => false;

    public override ReadOnlySpan<byte> Value(int index) => _values[index];

    public override bool HasValue(int index) => true;

    public override bool TryGetHeader(int index, string name, out ReadOnlySpan<byte> value)
    {
        value = default;
        return false;
    }

    public override void CopyHeaders(int index, ICollection<KeyValuePair<string, byte[]?>> into)
    {
    }

    protected override void GiveBack()
    {
    }
}
