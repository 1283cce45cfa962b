using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.States;

namespace StreamInference.Commit;

/// <summary>
/// Collects the states of a transaction: those after records whose results are in it, of each key the last one. Owned by the worker loop.
/// </summary>
internal sealed class StateWrites
{
    private readonly Dictionary<StateWrite, int> _places = new(KeyOfPartition.Instance);

    /// <summary>Begins a transaction.</summary>
    public void Clear() => _places.Clear();

    /// <summary>Adds the states of a batch that go out below the closed prefix of their partition.</summary>
    /// <param name="batch">A batch; those of earlier records come in earlier calls.</param>
    /// <param name="into">The transaction's states.</param>
    public void Collect(ResultBatch batch, List<StateWrite> into)
    {
        foreach (StateEntry entry in batch.States)
        {
            StreamRecord record = batch.Results[entry.Result].Record;
            PartitionAssignment assignment = record.Assignment;
            if (!assignment.IsActive || batch.IsSettled(entry.Result) || record.Offset >= assignment.Ledger!.ClosedPrefix) continue;
            StateWrite write = new(assignment, batch, entry);
            if (_places.TryGetValue(write, out int place))
            {
                into[place] = write;
                continue;
            }

            _places.Add(write, into.Count);
            into.Add(write);
        }
    }

    private sealed class KeyOfPartition : IEqualityComparer<StateWrite>
    {
        public static readonly KeyOfPartition Instance = new();

        public bool Equals(StateWrite x, StateWrite y) => ReferenceEquals(x.Assignment, y.Assignment) && x.Key.SequenceEqual(y.Key);

        public int GetHashCode(StateWrite write) => RecordKeyComparer.Instance.GetHashCode(write.Key);
    }
}
