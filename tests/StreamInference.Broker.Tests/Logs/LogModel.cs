using CsCheck;
using StreamInference.Broker.Logs;

namespace StreamInference.Broker.Tests.Logs;

internal enum StepKind
{
    Plain,
    Transactional,
    Commit,
    Abort,
}

/// <summary>One thing that a producer does; keys come from a small set so that compaction has work.</summary>
internal readonly record struct Step(StepKind Kind, int Producer, int Records, int Key, bool Tombstone);

/// <summary>
/// A log beside a model of it: what each record is, and what became of its transaction. Steps that a coordinator would
/// not allow (a plain batch inside a transaction) are left out.
/// </summary>
internal sealed class LogModel(PartitionLog log)
{
    private const int Keys = 5;

    private readonly List<(long Offset, string Key, string? Value, int Producer, bool Transactional)> _records = [];
    private readonly Dictionary<int, int> _sequences = [];
    private readonly Dictionary<int, long> _open = [];
    private readonly HashSet<long> _aborted = [];
    private int _values;

    public static Gen<Step[]> Steps { get; } = Gen.Select(
        Gen.Enum<StepKind>(), Gen.Int[0, 2], Gen.Int[1, 4], Gen.Int[0, Keys - 1], Gen.Int[0, 9],
        static (kind, producer, records, key, tombstone) => new Step(kind, producer, records, key, tombstone == 0)).Array[1, 60];

    public PartitionLog Log { get; } = log;

    /// <summary>The last stable offset that the model says.</summary>
    public long LastStableOffset => _open.Count == 0 ? Log.EndOffset : _open.Values.Min();

    public IEnumerable<(long Offset, string Key, string? Value)> Committed =>
        _records.Where(record => record.Offset < LastStableOffset && !_aborted.Contains(record.Offset)).Select(static record => (record.Offset, record.Key, record.Value));

    /// <summary>The newest committed value of each key, tombstones left out.</summary>
    public Dictionary<string, string> Newest()
    {
        var newest = new Dictionary<string, string>();
        foreach (var (_, key, value) in Committed)
        {
            if (value is null) newest.Remove(key);
            else newest[key] = value;
        }
        return newest;
    }

    public void Apply(Step step, long now = 0)
    {
        if (step.Kind is StepKind.Commit or StepKind.Abort) End(step, now);
        else if (step.Kind == StepKind.Transactional || !_open.ContainsKey(step.Producer)) Append(step, now);
    }

    /// <summary>What a client under read_committed makes of the log: whole batches below the stable offset, less the aborted ones.</summary>
    public static List<(long Offset, string Key, string? Value)> ReadCommitted(PartitionLog log)
    {
        using var buffers = new LeasedBuffers();
        var read = new List<(long, string, string?)>();
        for (var offset = log.StartOffset; offset < log.LastStableOffset;)
        {
            var slice = log.Read(offset, log.LastStableOffset, 300, atLeastOne: true, buffers);
            if (slice.Records.Length == 0) break;
            var aborted = new List<AbortedTransaction>();
            log.Producers.CollectAborted(offset, slice.NextOffset, aborted);
            foreach (var piece in new[] { slice.Records.First }.Concat(slice.Records.More)) AddVisible(piece, aborted, offset, read);
            offset = slice.NextOffset;
        }
        return read;
    }

    private static void AddVisible(
        ReadOnlyMemory<byte> piece, List<AbortedTransaction> aborted, long from, List<(long Offset, string Key, string? Value)> into)
    {
        for (var rest = piece; !rest.IsEmpty;)
        {
            var header = new BatchHeader(rest.Span);
            var batch = rest[..header.SizeInBytes];
            rest = rest[header.SizeInBytes..];
            var (producer, baseOffset) = (header.ProducerId, header.BaseOffset);
            if (header.IsTransactional && aborted.Exists(each => each.ProducerId == producer && each.FirstOffset <= baseOffset && baseOffset < each.LastOffset)) continue;
            into.AddRange(TestBatch.Read(batch.Span).Where(record => record.Offset >= from).Select(static record => (record.Offset, record.Key!, record.Value)));
        }
    }

    private void Append(Step step, long now)
    {
        var transactional = step.Kind == StepKind.Transactional;
        var sequence = _sequences.GetValueOrDefault(step.Producer);
        var records = Enumerable.Range(0, step.Records)
            .Select(i => ((string?)$"k{(step.Key + i) % Keys}", step.Tombstone ? null : (string?)$"v{_values++}")).ToList();
        var batch = new TestBatch
        {
            Records = records,
            ProducerId = step.Producer,
            Epoch = 0,
            BaseSequence = sequence,
            Transactional = transactional,
        };
        var offset = Log.Append(batch.ToBytes(), now);
        _sequences[step.Producer] = sequence + step.Records;
        if (transactional) _open.TryAdd(step.Producer, offset);
        _records.AddRange(records.Select((record, i) => (offset + i, record.Item1!, record.Item2, step.Producer, transactional)));
    }

    private void End(Step step, long now)
    {
        var commit = step.Kind == StepKind.Commit;
        Log.Append(ControlBatch.Create(step.Producer, 0, commit, 0, 0), now);
        if (!_open.Remove(step.Producer, out var start) || commit) return;
        foreach (var record in _records.Where(record => record.Producer == step.Producer && record.Transactional && record.Offset >= start))
            _aborted.Add(record.Offset);
    }
}
