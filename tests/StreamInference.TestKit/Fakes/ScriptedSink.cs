using System.Text;
using StreamInference.Commit;
using StreamInference.Progress;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.States;

namespace StreamInference.TestKit.Fakes;

/// <summary>
/// A sink that answers by a script and otherwise commits into memory: what a <c>read_committed</c> reader and the group's offsets would show.
/// </summary>
public sealed class ScriptedSink : ITransactionalSink
{
    private string? _pending;

    /// <summary>The next outcomes; when empty, commits succeed.</summary>
    public Queue<CommitOutcome> Script { get; } = new();

    public List<(string Topic, int Partition, long Offset, string Value, string? Error)> Visible { get; } = [];

    public Dictionary<(string Topic, int Partition), long> Offsets { get; } = [];

    /// <summary>The progress topic, compacted: the value of each live key.</summary>
    public Dictionary<(int Partition, long Offset, int Slot), byte[]> Progress { get; } = [];

    /// <summary>The state topic, compacted: the value of each key.</summary>
    public Dictionary<(int Partition, string Key), byte[]> States { get; } = [];

    public int Calls { get; private set; }

    public int Transactions { get; private set; }

    public string? LastError => "scripted";

    public CommitOutcome Commit(CommitRequest request)
    {
        Calls++;
        string shown = Show(request);
        if (_pending is not null && _pending != shown) throw new InvalidOperationException($"A retry changed its request from {_pending} to {shown}.");
        CommitOutcome outcome = Script.TryDequeue(out CommitOutcome scripted) ? scripted : CommitOutcome.Committed;
        _pending = outcome == CommitOutcome.Retry ? shown : null;
        if (outcome == CommitOutcome.Committed) Apply(request);
        return outcome;
    }

    /// <summary>A new life of the worker: an undecided commit of the former one was never made.</summary>
    public void Forget() => _pending = null;

    public void Dispose()
    {
    }

    private void Apply(CommitRequest request)
    {
        Transactions++;
        foreach (ResultRange range in request.Results)
        {
            foreach (Result result in range.Batch.Results.Slice(range.Start, range.Count))
            {
                RecordId id = result.Record.Id;
                if (!request.Offsets.Any(offset => offset.Assignment == result.Record.Assignment))
                    throw new InvalidOperationException($"{id} has no offset in its transaction.");
                Visible.Add((id.Topic, id.Partition, id.Offset, Encoding.UTF8.GetString(range.Batch.ValueOf(result)), result.Error?.Code));
            }
        }

        foreach (StateWrite write in request.States)
        {
            if (!request.Offsets.Any(offset => offset.Assignment == write.Assignment)) throw new InvalidOperationException($"A state of {write.Assignment} has no offset in its transaction.");
            (int, string) key = (write.Assignment.Partition, Encoding.UTF8.GetString(write.Key));
            if (write.IsTombstone) States.Remove(key);
            else States[key] = write.Value.ToArray();
        }

        foreach (ProgressWrite write in request.Progress)
        {
            (int, long, int) key = (write.Assignment.Partition, write.Offset, write.Slot);
            if (write.Batch is not null) Progress[key] = write.Value.ToArray();
            else if (!Progress.Remove(key)) throw new InvalidOperationException($"A tombstone for {key}, which is not live.");
        }

        foreach (PartitionOffset offset in request.Offsets) Offsets[(offset.Assignment.Topic, offset.Assignment.Partition)] = offset.NextOffset;
    }

    private static string Show(CommitRequest request) =>
        string.Join(';', request.Results.Select(range => $"{range.Start}+{range.Count}")) + "|" +
        string.Join(';', request.Offsets.Select(offset => $"{offset.Assignment}:{offset.NextOffset}"));
}
