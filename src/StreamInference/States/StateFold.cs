using StreamInference.Records;

namespace StreamInference.States;

/// <summary>Folds the records of a state topic's partition, in their order, to the states of its keys.</summary>
public sealed class StateFold
{
    private readonly Dictionary<byte[], StateCell> _cells = new(RecordKeyComparer.Instance);

    /// <summary>Takes the next record; what is no state deletes its key, as a tombstone does.</summary>
    public void Add(byte[]? key, byte[]? value)
    {
        if (key is null) return;
        if (StateRecord.Read(key, value) is { } cell) _cells[key] = cell;
        else _cells.Remove(key);
    }

    /// <summary>The states of records below an offset.</summary>
    /// <param name="committedOffset">The group's offset; -1: it has none.</param>
    /// <param name="later">
    /// The keys whose states are of records behind it and so not the past of what is read next. There are some only where someone set the group's
    /// offset back.
    /// </param>
    public KeyedState Below(long committedOffset, out int later)
    {
        StateCell[] past = [.. from cell in _cells.Values where cell.Offset < committedOffset select new StateCell(cell.Key, [.. cell.Value], cell.Offset, cell.Timestamp)];
        later = _cells.Count - past.Length;
        return new KeyedState(past);
    }
}
