using System.Runtime.InteropServices;

namespace StreamInference.Records;

/// <summary>
/// Records that run through the model together, in the order in which they were read. Built by the worker loop, read by the runner, given
/// back by the worker loop when the last result of its records is committed or dropped.
/// </summary>
public sealed class MicroBatch
{
    private readonly List<StreamRecord> _records;
    private readonly List<RecordLease> _leases = [];

    /// <summary>Creates an empty batch with room for <paramref name="capacity"/> records.</summary>
    public MicroBatch(int capacity = 0) => _records = new List<StreamRecord>(capacity);

    /// <summary>The number of records.</summary>
    public int Count => _records.Count;

    /// <summary>The sum of the values' sizes in bytes.</summary>
    public long ValueBytes { get; private set; }

    /// <summary>The records. The span is valid until the batch is changed or given back.</summary>
    public ReadOnlySpan<StreamRecord> Records => CollectionsMarshal.AsSpan(_records);

    /// <summary>When the oldest record joined, as a timestamp of the pipeline's <see cref="TimeProvider"/>.</summary>
    public long OpenedAt { get; private set; }

    /// <summary>When the batch was handed to the runner, as a timestamp of the pipeline's <see cref="TimeProvider"/>.</summary>
    public long SubmittedAt { get; set; }

    /// <summary>Appends a record and holds its lease.</summary>
    public void Add(in StreamRecord record, long now)
    {
        if (_records.Count == 0) OpenedAt = now;
        // Records of one poll come one after the other, so the last lease is the only candidate.
        if (_leases.Count == 0 || !ReferenceEquals(_leases[^1], record.Lease))
        {
            record.Lease.Retain();
            _leases.Add(record.Lease);
        }

        _records.Add(record);
        ValueBytes += record.Value.Length;
    }

    /// <summary>Releases the leases and empties the batch, so that it can be filled again. Worker loop only.</summary>
    public void Clear()
    {
        foreach (RecordLease lease in _leases) lease.Release();
        _leases.Clear();
        _records.Clear();
        ValueBytes = 0;
    }
}
