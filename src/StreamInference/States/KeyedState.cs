using StreamInference.Records;

namespace StreamInference.States;

/// <summary>
/// What a model remembers of the keys of one stay of a partition. Begins with what earlier owners had committed; goes on ahead of the commits,
/// because what is read after an abort is the same work again. Which key is forgotten when follows from the partition's records alone, so that another
/// owner forgets the same.
/// </summary>
/// <remarks>Owned by the runner's thread once records of the partition come.</remarks>
public sealed class KeyedState
{
    private readonly Dictionary<byte[], StateCell> _cells = new(RecordKeyComparer.Instance);
    private readonly Dictionary<byte[], StateCell>.AlternateLookup<ReadOnlySpan<byte>> _byKey;

    // The key that was longest without a record comes first.
    private readonly LinkedList<StateCell> _order = new();

    /// <summary>Begins with what was committed.</summary>
    /// <param name="restored">The states, in any order; none: the partition has no past.</param>
    public KeyedState(IEnumerable<StateCell>? restored = null)
    {
        _byKey = _cells.GetAlternateLookup<ReadOnlySpan<byte>>();
        foreach (StateCell cell in (restored ?? []).OrderBy(cell => cell.Offset)) Add(cell);
    }

    /// <summary>Keys that are remembered.</summary>
    public int Count => _cells.Count;

    /// <summary>The state of a key; null: none is remembered.</summary>
    public StateCell? Find(ReadOnlySpan<byte> key) => _byKey.TryGetValue(key, out StateCell? cell) ? cell : null;

    /// <summary>The state that a record takes part in: of its key, or a new one.</summary>
    /// <param name="record">A record with a key.</param>
    /// <param name="options">How much is remembered.</param>
    /// <param name="forgotten">Gets the keys that are forgotten by this record.</param>
    public StateCell Touch(in StreamRecord record, KeyedStateOptions options, List<byte[]> forgotten)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(forgotten);
        StateCell? cell = Find(record.Key);
        if (cell is not null && (IsOver(cell, record.Timestamp, options) || cell.Value.Length != options.Initial.Length))
        {
            // Its next state takes its place in the topic.
            Remove(cell);
            cell = null;
        }

        while (_order.First?.Value is { } oldest && oldest != cell && IsOver(oldest, record.Timestamp, options)) Forget(oldest, forgotten);
        if (cell is null)
        {
            while (_cells.Count >= options.MaxKeys) Forget(_order.First!.Value, forgotten);
            Add(cell = new StateCell(record.Key.ToArray(), options.Initial.ToArray(), record.Offset, record.Timestamp));
            return cell;
        }

        (cell.Offset, cell.Timestamp) = (record.Offset, record.Timestamp);
        _order.Remove(cell.Node);
        _order.AddLast(cell.Node);
        return cell;
    }

    private static bool IsOver(StateCell cell, long now, KeyedStateOptions options) =>
        options.TimeToLive is { } life && cell.Timestamp >= 0 && now - cell.Timestamp > life.TotalMilliseconds;

    private void Add(StateCell cell)
    {
        _cells.Add(cell.Key, cell);
        _order.AddLast(cell.Node);
    }

    private void Forget(StateCell cell, List<byte[]> forgotten)
    {
        Remove(cell);
        forgotten.Add(cell.Key);
    }

    private void Remove(StateCell cell)
    {
        _cells.Remove(cell.Key);
        _order.Remove(cell.Node);
    }
}
