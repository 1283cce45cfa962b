namespace StreamInference.Records;

/// <summary>
/// One input record: a value that points into a <see cref="RecordLease"/>. Copying it copies no bytes. Its spans may be read while its batch
/// is alive.
/// </summary>
public readonly struct StreamRecord
{
    private readonly int _index;

    /// <summary>Creates the record at <paramref name="index"/> of <paramref name="lease"/>.</summary>
    /// <param name="lease">The memory of the poll.</param>
    /// <param name="index">The record's place in the lease.</param>
    /// <param name="assignment">The stay of the partition in which it was read.</param>
    /// <param name="offset">Its offset in the partition.</param>
    /// <param name="timestamp">Its timestamp in milliseconds since the Unix epoch; -1 when it has none.</param>
    public StreamRecord(RecordLease lease, int index, PartitionAssignment assignment, long offset, long timestamp)
    {
        Lease = lease;
        _index = index;
        Assignment = assignment;
        Offset = offset;
        Timestamp = timestamp;
    }

    /// <summary>The memory this record points into.</summary>
    public RecordLease Lease { get; }

    /// <summary>The stay of the partition in which the record was read.</summary>
    public PartitionAssignment Assignment { get; }

    /// <summary>The record's offset in its partition.</summary>
    public long Offset { get; }

    /// <summary>Milliseconds since the Unix epoch; -1 when the record has no timestamp.</summary>
    public long Timestamp { get; }

    /// <summary>The key; empty when null. See <see cref="HasKey"/>.</summary>
    public ReadOnlySpan<byte> Key => Lease.Key(_index);

    /// <summary>Whether the record has a key.</summary>
    public bool HasKey => Lease.HasKey(_index);

    /// <summary>The value; empty when null. See <see cref="HasValue"/>.</summary>
    public ReadOnlySpan<byte> Value => Lease.Value(_index);

    /// <summary>Whether the record has a value; a tombstone has none.</summary>
    public bool HasValue => Lease.HasValue(_index);

    /// <summary>What the source found wrong with the record; null for what the model may see.</summary>
    public RecordError? Error => Lease.Error(_index);

    /// <summary>The record's name across restarts.</summary>
    public RecordId Id => new(Assignment.Topic, Assignment.Partition, Offset);

    /// <summary>Finds the last header called <paramref name="name"/>.</summary>
    public bool TryGetHeader(string name, out ReadOnlySpan<byte> value) => Lease.TryGetHeader(_index, name, out value);

    /// <summary>Appends copies of all headers, in order.</summary>
    public void CopyHeaders(ICollection<KeyValuePair<string, byte[]?>> into) => Lease.CopyHeaders(_index, into);
}
