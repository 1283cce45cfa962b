using System.Text;
using System.Text.Json;

namespace StreamInference.Replay.Diff;

/// <summary>One of the two sides of a comparison.</summary>
public enum DiffSide
{
    /// <summary>What is live.</summary>
    Live,

    /// <summary>What is judged.</summary>
    Candidate,
}

/// <summary>
/// Joins each result of a candidate to the live result of the same input record, in whatever order the two come, within a bounded memory: what does
/// not fit is sorted on the disk (temporary files, about the size of the results).
/// </summary>
public sealed class ResultDiff : IDisposable
{
    /// <summary>The memory of a comparison when not told otherwise.</summary>
    public const int DefaultMemoryBytes = 192 << 20;

    private readonly DiffConfig _config;
    private readonly SpillSorter _live;
    private readonly SpillSorter _candidate;
    private readonly SpillSorter _input;
    private readonly JsonField[] _segments;
    private bool _hasInput;

    /// <summary>Begins a comparison.</summary>
    /// <param name="config">What is compared, and the limits.</param>
    /// <param name="memoryBytes">The memory for answers that wait to be sorted.</param>
    public ResultDiff(DiffConfig config, int memoryBytes = DefaultMemoryBytes)
    {
        ArgumentNullException.ThrowIfNull(config);
        _config = config;
        _live = new SpillSorter(memoryBytes / 3);
        _candidate = new SpillSorter(memoryBytes / 3);
        _input = new SpillSorter(memoryBytes / 3);
        _segments = [.. config.Segments.Select(pointer => new JsonField(pointer))];
    }

    /// <summary>Sorted pieces that went to the disk.</summary>
    public int SpilledRuns => _live.SpilledRuns + _candidate.SpilledRuns + _input.SpilledRuns;

    /// <summary>Adds a result.</summary>
    /// <param name="side">Whose it is.</param>
    /// <param name="partition">The partition of its input record.</param>
    /// <param name="offset">The offset of its input record.</param>
    /// <param name="value">The result.</param>
    public void AddResult(DiffSide side, int partition, long offset, ReadOnlySpan<byte> value) =>
        Side(side).Add(new SourceKey(partition, offset), AnswerCursor.ResultTag, value);

    /// <summary>Adds a dead letter.</summary>
    /// <param name="side">Whose it is.</param>
    /// <param name="partition">The partition of its input record.</param>
    /// <param name="offset">The offset of its input record.</param>
    /// <param name="code">Why it failed.</param>
    public void AddDeadLetter(DiffSide side, int partition, long offset, string code) =>
        Side(side).Add(new SourceKey(partition, offset), AnswerCursor.DeadLetterTag, Encoding.UTF8.GetBytes(code));

    /// <summary>Adds an input record: where its segments come from, and by which records that nobody answers are found.</summary>
    /// <param name="partition">Its partition.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="value">Its value.</param>
    public void AddInput(int partition, long offset, ReadOnlyMemory<byte> value)
    {
        _hasInput = true;
        _input.Add(new SourceKey(partition, offset), 0, _segments.Length == 0 ? [] : JsonSerializer.SerializeToUtf8Bytes(SegmentsOf(value)));
    }

    /// <summary>Compares everything that was added.</summary>
    /// <param name="live">The name of the live side, for the report.</param>
    /// <param name="candidate">The name of the candidate, for the report.</param>
    /// <param name="nameOf">Names an input record.</param>
    /// <param name="differs">Called for each record that differs, in the order of the input.</param>
    public DiffReport Compare(string live, string candidate, Func<int, long, string> nameOf, Action<DiffRecord>? differs = null)
    {
        ArgumentNullException.ThrowIfNull(nameOf);
        DiffAccumulator counts = new(_config);
        JsonField score = new(_config.Score), decision = new(_config.Decision);
        using AnswerCursor ofLive = new(_live, score, decision), ofCandidate = new(_candidate, score, decision);
        using InputCursor inputs = new(_input);
        while (Least(ofLive.Next, ofCandidate.Next, inputs.Next) is { } key)
        {
            IReadOnlyList<string?> segments = _hasInput ? inputs.Take(key) : [];
            counts.Add(nameOf(key.Partition, key.Offset), ofLive.Take(key), ofCandidate.Take(key), segments, differs);
        }

        return counts.Report(live, candidate);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _live.Dispose();
        _candidate.Dispose();
        _input.Dispose();
    }

    private SpillSorter Side(DiffSide side) => side == DiffSide.Live ? _live : _candidate;

    private string?[] SegmentsOf(ReadOnlyMemory<byte> value)
    {
        try
        {
            using JsonDocument input = JsonDocument.Parse(value);
            return [.. _segments.Select(segment => segment.Text(input.RootElement))];
        }
        catch (JsonException)
        {
            return new string?[_segments.Length];
        }
    }

    private static SourceKey? Least(params ReadOnlySpan<SourceKey?> keys)
    {
        SourceKey? least = null;
        foreach (SourceKey? key in keys)
            if (key is { } some && (least is null || some.CompareTo(least.Value) < 0)) least = some;
        return least;
    }

    /// <summary>Goes over the segments of the input records.</summary>
    private sealed class InputCursor : IDisposable
    {
        private readonly IEnumerator<SpillEntry> _entries;
        private bool _hasEntry;

        public InputCursor(SpillSorter input)
        {
            _entries = input.Sorted().GetEnumerator();
            _hasEntry = _entries.MoveNext();
        }

        public SourceKey? Next => _hasEntry ? _entries.Current.Key : null;

        public IReadOnlyList<string?> Take(SourceKey key)
        {
            IReadOnlyList<string?> segments = [];
            while (_hasEntry && _entries.Current.Key == key)
            {
                if (_entries.Current.Payload.Length > 0) segments = JsonSerializer.Deserialize<string?[]>(_entries.Current.Payload.Span)!;
                _hasEntry = _entries.MoveNext();
            }

            return segments;
        }

        public void Dispose() => _entries.Dispose();
    }
}
