using StreamInference.Replay.Running;

namespace StreamInference.Replay.Reports;

/// <summary>Puts a report together from the tallies of a run's workers.</summary>
internal sealed class ReportBuilder(ReportOutputs outputs, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly List<CommitTally> _tallies = [];
    private readonly ThroughputLog _throughput = new();
    private DateTimeOffset _startedAt = time.GetUtcNow();
    private long _started = time.GetTimestamp();
    private TimeSpan? _ended;
    private bool _startedAnew;

    /// <summary>Since the run began; stands still once it has ended.</summary>
    public TimeSpan Elapsed => _ended ?? time.GetElapsedTime(_started);

    /// <summary>Begins to count time.</summary>
    /// <param name="progress">What earlier runs had done.</param>
    public void Begin(ReplayProgress progress)
    {
        _startedAnew = progress.Committed.Count == 0;
        (_startedAt, _started) = (time.GetUtcNow(), time.GetTimestamp());
    }

    /// <summary>Stops to count time.</summary>
    public void End() => _ended ??= time.GetElapsedTime(_started);

    /// <summary>A tally for a worker's sink.</summary>
    public CommitTally NewTally()
    {
        CommitTally tally = new(outputs, time);
        lock (_gate) _tallies.Add(tally);
        return tally;
    }

    /// <summary>Counts, and notes the course of the count. Called by one thread at a time.</summary>
    public (long Records, long DeadLetters) Count()
    {
        ReplayTotals totals = Totals();
        long records = totals.Records.Values.Sum();
        _throughput.Add(Elapsed, records);
        return (records, totals.DeadLetters);
    }

    /// <summary>The report as it is now.</summary>
    public ReplayReport Build(ReplayProgress progress, bool isShared)
    {
        ReplayTotals totals = Totals();
        long records = totals.Records.Values.Sum();
        TimeSpan elapsed = Elapsed;
        return new ReplayReport
        {
            Job = progress.Job.Id,
            Pipeline = progress.Job.Pipeline,
            Model = progress.Job.Model,
            SourceTopic = progress.Job.SourceTopic,
            OutputTopic = progress.Job.OutputTopic,
            DeadLetterTopic = progress.Job.DeadLetterTopic,
            StartedAt = _startedAt,
            Elapsed = elapsed,
            IsWhole = _startedAnew && !isShared && progress.IsDone,
            Partitions = [.. progress.Job.Partitions.Select(bound =>
                new ReplayedPartition(bound.Partition, bound.From, bound.To, progress.PositionOf(bound), totals.Records.GetValueOrDefault(bound.Partition)))],
            Gone = progress.Job.Gone,
            Results = totals.Results,
            DeadLetters = totals.DeadLetters,
            DeadLettersByCode = [.. totals.Codes.OrderByDescending(code => code.Value).ThenBy(code => code.Key).Select(code => new CodeCount(code.Key, code.Value))],
            CommittingTime = totals.FirstAt < totals.LastAt ? time.GetElapsedTime(totals.FirstAt, totals.LastAt) : TimeSpan.Zero,
            ReportingTime = totals.Cost,
            RecordsPerSecond = elapsed > TimeSpan.Zero ? records / elapsed.TotalSeconds : 0,
            Throughput = _throughput.ToSamples(),
            Latency = LatencySummary.Of(totals.Latency),
            Scores = [.. totals.Scores.Where(score => score.Count > 0).Select(score => score.ToDistribution())],
            Labels = [.. totals.Labels.Select(label => label.ToDistribution()).OfType<LabelDistribution>()],
        };
    }

    private ReplayTotals Totals()
    {
        ReplayTotals totals = new(outputs);
        lock (_gate)
            foreach (CommitTally tally in _tallies) tally.AddTo(totals);
        return totals;
    }
}
