using System.Diagnostics;
using StreamInference.Commit;
using StreamInference.Pipeline;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Replay.Reports;

/// <summary>
/// What one worker has committed: counts, error codes, latencies, distributions. Filled by its worker after each commit, while the results can still be
/// read; read by anyone.
/// </summary>
internal sealed class CommitTally
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly byte[][] _scorePatterns;
    private readonly byte[][] _labelPatterns;

    // Guarded by the gate, which is taken once for each commit.
    private readonly NumberTally[] _scores;
    private readonly LabelTally[] _labels;
    private readonly LatencyHistogram _latency = new();
    private readonly Dictionary<int, long> _records = [];
    private readonly Dictionary<string, long> _codes = [];
    private long _results;
    private long _deadLetters;
    private TimeSpan _cost;
    private long? _firstAt;
    private long _lastAt;

    /// <param name="outputs">The outputs whose distributions are wanted.</param>
    /// <param name="time">The pipeline's clock.</param>
    public CommitTally(ReportOutputs outputs, TimeProvider time)
    {
        _time = time;
        _scorePatterns = [.. outputs.Scores.Select(ResultMembers.Pattern)];
        _labelPatterns = [.. outputs.Labels.Select(ResultMembers.Pattern)];
        _scores = [.. outputs.Scores.Select(name => new NumberTally(name))];
        _labels = [.. outputs.Labels.Select(name => new LabelTally(name))];
    }

    /// <summary>Counts what a definite commit made visible.</summary>
    public void Add(CommitRequest request)
    {
        long started = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            _firstAt ??= now;
            _lastAt = now;
            foreach (ResultRange range in request.Results)
            {
                if (range.Batch.Source is { } source) _latency.Record(_time.GetElapsedTime(source.OpenedAt, now).TotalSeconds, range.Count);
                AddResults(range.Batch, range.Batch.Results.Slice(range.Start, range.Count));
            }

            _cost += Stopwatch.GetElapsedTime(started);
        }
    }

    /// <summary>Adds everything to the totals of the job.</summary>
    public void AddTo(ReplayTotals totals)
    {
        lock (_gate)
        {
            totals.Results += _results;
            totals.DeadLetters += _deadLetters;
            totals.Cost += _cost;
            totals.FirstAt = Math.Min(totals.FirstAt, _firstAt ?? long.MaxValue);
            totals.LastAt = Math.Max(totals.LastAt, _lastAt);
            foreach ((int partition, long count) in _records) totals.Records[partition] = totals.Records.GetValueOrDefault(partition) + count;
            foreach ((string code, long count) in _codes) totals.Codes[code] = totals.Codes.GetValueOrDefault(code) + count;
            totals.Latency.Add(_latency);
            for (int i = 0; i < _scores.Length; i++) totals.Scores[i].Add(_scores[i]);
            for (int i = 0; i < _labels.Length; i++) totals.Labels[i].Add(_labels[i]);
        }
    }

    private void AddResults(ResultBatch batch, ReadOnlySpan<Result> results)
    {
        PartitionAssignment? partition = null;
        long records = 0;
        foreach (ref readonly Result result in results)
        {
            if (!ReferenceEquals(result.Record.Assignment, partition))
            {
                AddRecords(partition, records);
                (partition, records) = (result.Record.Assignment, 0);
            }

            if (result.IsFinal) records++;
            if (result.Error is { } error) AddFailure(error);
            else AddValue(batch.ValueOf(result));
        }

        AddRecords(partition, records);
    }

    private void AddRecords(PartitionAssignment? partition, long records)
    {
        if (records > 0) _records[partition!.Partition] = _records.GetValueOrDefault(partition.Partition) + records;
    }

    private void AddFailure(RecordError error)
    {
        _deadLetters++;
        _codes[error.Code] = _codes.GetValueOrDefault(error.Code) + 1;
    }

    private void AddValue(ReadOnlySpan<byte> json)
    {
        _results++;
        for (int i = 0; i < _scorePatterns.Length; i++)
            if (ResultMembers.TryReadNumber(json, _scorePatterns[i], out double number)) _scores[i].Add(number);
        for (int i = 0; i < _labelPatterns.Length; i++)
            if (ResultMembers.TryReadText(json, _labelPatterns[i], out ReadOnlySpan<byte> text)) _labels[i].Add(text);
    }
}

/// <summary>The totals of a run, put together from its workers.</summary>
internal sealed class ReplayTotals(ReportOutputs outputs)
{
    public long Results { get; set; }

    public long DeadLetters { get; set; }

    public TimeSpan Cost { get; set; }

    /// <summary>The first commit, as a timestamp of the clock; the greatest number when there was none.</summary>
    public long FirstAt { get; set; } = long.MaxValue;

    /// <summary>The last commit, as a timestamp of the clock.</summary>
    public long LastAt { get; set; }

    public Dictionary<int, long> Records { get; } = [];

    public Dictionary<string, long> Codes { get; } = [];

    public LatencyHistogram Latency { get; } = new();

    public NumberTally[] Scores { get; } = [.. outputs.Scores.Select(name => new NumberTally(name))];

    public LabelTally[] Labels { get; } = [.. outputs.Labels.Select(name => new LabelTally(name))];
}
