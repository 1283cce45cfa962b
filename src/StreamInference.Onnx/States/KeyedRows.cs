using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.States;

namespace StreamInference.Onnx.States;

/// <summary>
/// The states of the rows of a run. A batch is run in parts that have each key at most once, in the order of the records: the state that a record
/// leaves is there before the next record of its key goes in. Owned by the model's thread.
/// </summary>
/// <param name="options">How much is remembered.</param>
/// <param name="capacity">The most rows of a batch.</param>
internal sealed class KeyedRows(KeyedStateOptions options, int capacity)
{
    /// <summary>The error of a record without a key.</summary>
    public static readonly RecordError MissingKey = new(RecordErrorCodes.MissingKey, "The record has no key, and the model keeps a state for each key.");

    private readonly StateCell[] _cells = new StateCell[capacity];
    private readonly HashSet<StateCell> _inPart = [];
    private readonly List<byte[]> _forgotten = [];

    // The keys that the row's record let go: up to here, from where the row before ends.
    private readonly int[] _forgottenEnd = new int[capacity];
    private int _written;

    /// <summary>Begins a part.</summary>
    public void Begin()
    {
        _inPart.Clear();
        _forgotten.Clear();
        _written = 0;
    }

    /// <summary>Whether an earlier record of its key is in this part: the part must run first.</summary>
    public bool MustWait(in StreamRecord record) =>
        record.HasKey && record.Assignment.KeyedState.Find(record.Key) is { } cell && _inPart.Contains(cell);

    /// <summary>Takes a record with a key into the part.</summary>
    /// <returns>The state that goes in.</returns>
    public StateCell Take(in StreamRecord record, int row)
    {
        StateCell cell = record.Assignment.KeyedState.Touch(record, options, _forgotten);
        _cells[row] = cell;
        _forgottenEnd[row] = _forgotten.Count;
        _inPart.Add(cell);
        return cell;
    }

    /// <summary>The state of a row.</summary>
    public StateCell CellOf(int row) => _cells[row];

    /// <summary>
    /// Adds the row's state behind its result, also where it did not change: when a key was last seen is a part of it. Called for each row, in order.
    /// </summary>
    public void Write(int row, ResultBatch results)
    {
        for (; _written < _forgottenEnd[row]; _written++) results.ForgetState(_forgotten[_written]);
        results.AddState(_cells[row]);
    }
}
