using System.Text;
using StreamInference.Records;

namespace StreamInference.TestKit.Fakes;

/// <summary>Records in managed memory. Says whether it was given back, and refuses to be read afterwards.</summary>
public sealed class MemoryRecordLease : RecordLease
{
    private readonly List<MemoryRecord> _records = [];

    public bool IsGivenBack { get; private set; }

    public int Add(MemoryRecord record)
    {
        _records.Add(record);
        return _records.Count - 1;
    }

    public override ReadOnlySpan<byte> Key(int index) => At(index).Key;

    public override bool HasKey(int index) => At(index).Key is not null;

    public override ReadOnlySpan<byte> Value(int index) => At(index).Value;

    public override bool HasValue(int index) => At(index).Value is not null;

    public override bool TryGetHeader(int index, string name, out ReadOnlySpan<byte> value)
    {
        foreach ((string found, byte[]? bytes) in At(index).Headers.Reverse())
        {
            if (found != name) continue;
            value = bytes;
            return true;
        }

        value = default;
        return false;
    }

    public override void CopyHeaders(int index, ICollection<KeyValuePair<string, byte[]?>> into)
    {
        foreach ((string name, byte[]? bytes) in At(index).Headers) into.Add(new(name, bytes?.ToArray()));
    }

    protected override void GiveBack() => IsGivenBack = true;

    private MemoryRecord At(int index) =>
        IsGivenBack ? throw new InvalidOperationException("The lease was read after it was given back.") : _records[index];
}

/// <summary>A record for tests.</summary>
public sealed record MemoryRecord(byte[]? Key, byte[]? Value)
{
    public IReadOnlyList<(string Name, byte[]? Value)> Headers { get; init; } = [];

    /// <summary>Milliseconds since the Unix epoch; -1 for none.</summary>
    public long Timestamp { get; init; } = -1;

    public static MemoryRecord Of(string? key, string? value) =>
        new(key is null ? null : Encoding.UTF8.GetBytes(key), value is null ? null : Encoding.UTF8.GetBytes(value));

    /// <summary>A stream record of its own lease and assignment, for tests of decoders and encoders.</summary>
    public StreamRecord Alone(long offset = 0)
    {
        MemoryRecordLease lease = new();
        return new StreamRecord(lease, lease.Add(this), new PartitionAssignment("input", 0), offset, 0);
    }

    /// <summary>A batch of records, at offsets 0, 1, …</summary>
    public static MicroBatch Batch(IEnumerable<MemoryRecord> records)
    {
        MemoryRecordLease lease = new();
        PartitionAssignment assignment = new("input", 0);
        MicroBatch batch = new();
        foreach (MemoryRecord record in records)
        {
            int index = lease.Add(record);
            batch.Add(new StreamRecord(lease, index, assignment, index, 0), 0);
        }

        return batch;
    }
}
