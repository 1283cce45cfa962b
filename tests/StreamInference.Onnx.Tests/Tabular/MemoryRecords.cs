using System.Text;
using StreamInference.Records;

namespace StreamInference.Onnx.Tests.Tabular;

/// <summary>Records in memory, for tests that need a batch and no source.</summary>
internal sealed class MemoryRecords : RecordLease
{
    private readonly byte[]?[] _values;

    private MemoryRecords(byte[]?[] values) => _values = values;

    internal static MicroBatch Batch(params string?[] values) => Batch(values.Select(value => value is null ? null : Encoding.UTF8.GetBytes(value)).ToArray());

    internal static MicroBatch Batch(byte[]?[] values, long timestamp = -1)
    {
        MemoryRecords lease = new(values);
        PartitionAssignment assignment = new("transactions", 0);
        MicroBatch batch = new(values.Length);
        for (int index = 0; index < values.Length; index++) batch.Add(new StreamRecord(lease, index, assignment, index, timestamp), 0);
        return batch;
    }

    public override ReadOnlySpan<byte> Key(int index) => [];

    public override bool HasKey(int index) => false;

    public override ReadOnlySpan<byte> Value(int index) => _values[index];

    public override bool HasValue(int index) => _values[index] is not null;

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
