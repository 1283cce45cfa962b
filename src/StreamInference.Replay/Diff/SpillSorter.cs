namespace StreamInference.Replay.Diff;

/// <summary>Names the input record that an answer belongs to.</summary>
/// <param name="Partition">Its partition.</param>
/// <param name="Offset">Its offset.</param>
internal readonly record struct SourceKey(int Partition, long Offset) : IComparable<SourceKey>
{
    public int CompareTo(SourceKey other) => Partition != other.Partition ? Partition.CompareTo(other.Partition) : Offset.CompareTo(other.Offset);
}

/// <summary>Something that was said about an input record.</summary>
/// <param name="Key">The record.</param>
/// <param name="Tag">What kind of thing.</param>
/// <param name="Payload">Its bytes.</param>
internal readonly record struct SpillEntry(SourceKey Key, byte Tag, ReadOnlyMemory<byte> Payload);

/// <summary>
/// Sorts entries by their input record within a bounded memory (external merge sort): what does not fit is sorted and written to a temporary
/// file. Entries of one record keep the order in which they came.
/// </summary>
internal sealed class SpillSorter(int memoryBytes) : IDisposable
{
    // An entry of the index beside its payload.
    private const int EntryBytes = 40;

    private readonly List<FileStream> _runs = [];
    private readonly List<Entry> _entries = [];
    private byte[] _payloads = new byte[Math.Min(memoryBytes, 1 << 16)];
    private int _used;

    /// <summary>Runs that went to the disk.</summary>
    public int SpilledRuns => _runs.Count;

    /// <summary>Adds an entry.</summary>
    public void Add(SourceKey key, byte tag, ReadOnlySpan<byte> payload)
    {
        if (_entries.Count > 0 && _used + payload.Length + ((long)_entries.Count * EntryBytes) > memoryBytes) Spill();
        if (_used + payload.Length > _payloads.Length) Array.Resize(ref _payloads, Math.Max(_used + payload.Length, _payloads.Length * 2));
        payload.CopyTo(_payloads.AsSpan(_used));
        _entries.Add(new Entry(key, _entries.Count, _used, payload.Length, tag));
        _used += payload.Length;
    }

    /// <summary>All entries in order. A payload is valid until the next entry.</summary>
    public IEnumerable<SpillEntry> Sorted()
    {
        _entries.Sort();
        IEnumerator<SpillEntry>[] runs = [.. _runs.Select(Read), InMemory()];
        // Earlier runs first among equals: they came first.
        PriorityQueue<int, (SourceKey, int)> next = new();
        for (int run = 0; run < runs.Length; run++)
            if (runs[run].MoveNext()) next.Enqueue(run, (runs[run].Current.Key, run));
        while (next.TryDequeue(out int run, out _))
        {
            yield return runs[run].Current;
            if (runs[run].MoveNext()) next.Enqueue(run, (runs[run].Current.Key, run));
        }
    }

    public void Dispose()
    {
        foreach (FileStream run in _runs) run.Dispose();
    }

    private IEnumerator<SpillEntry> InMemory()
    {
        foreach (Entry entry in _entries) yield return new SpillEntry(entry.Key, entry.Tag, _payloads.AsMemory(entry.Start, entry.Length));
    }

    private void Spill()
    {
        _entries.Sort();
        FileStream run = new(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        _runs.Add(run);
        using (BinaryWriter writer = new(run, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            foreach (Entry entry in _entries)
            {
                writer.Write7BitEncodedInt(entry.Key.Partition);
                writer.Write7BitEncodedInt64(entry.Key.Offset);
                writer.Write(entry.Tag);
                writer.Write7BitEncodedInt(entry.Length);
                writer.Write(_payloads, entry.Start, entry.Length);
            }
        }

        _entries.Clear();
        _used = 0;
    }

    private static IEnumerator<SpillEntry> Read(FileStream run)
    {
        run.Position = 0;
        using BinaryReader reader = new(run, System.Text.Encoding.UTF8, leaveOpen: true);
        byte[] payload = [];
        while (run.Position < run.Length)
        {
            SourceKey key = new(reader.Read7BitEncodedInt(), reader.Read7BitEncodedInt64());
            byte tag = reader.ReadByte();
            int length = reader.Read7BitEncodedInt();
            if (payload.Length < length) payload = new byte[length * 2];
            reader.BaseStream.ReadExactly(payload.AsSpan(0, length));
            yield return new SpillEntry(key, tag, payload.AsMemory(0, length));
        }
    }

    private readonly record struct Entry(SourceKey Key, int Order, int Start, int Length, byte Tag) : IComparable<Entry>
    {
        public int CompareTo(Entry other) => Key.CompareTo(other.Key) is not 0 and int order ? order : Order.CompareTo(other.Order);
    }
}
