namespace StreamInference.Replay.Diff;

/// <summary>Counts what two sides say, record by record.</summary>
internal sealed class DiffAccumulator(DiffConfig config)
{
    private const int HistogramBuckets = 20;

    private readonly ScoreSketch _live = new();
    private readonly ScoreSketch _candidate = new();
    private readonly Dictionary<(string Live, string Candidate), long> _directions = [];
    private readonly PriorityQueue<DiffRecord, (double, long)> _examples = new();
    private readonly SegmentTables _segments = new(config);
    private long _compared;
    private long _agreed;
    private long _sameScore;
    private long _flips;
    private double _difference;
    private double _absolute;
    private double _largest;
    private DiffGaps _gaps = new(0, 0, 0, 0, 0, 0, 0, 0);

    /// <summary>Takes what both sides say about a record, and calls <paramref name="differs"/> for each way in which they differ.</summary>
    public void Add(string source, DiffAnswer? live, DiffAnswer? candidate, IReadOnlyList<string?> segments, Action<DiffRecord>? differs)
    {
        void Note(DiffKind kind) => differs?.Invoke(new DiffRecord { Source = source, Kind = kind, Live = live, Candidate = candidate, Segments = segments });
        if (live is { Results: > 1 })
        {
            _gaps = _gaps with { RepeatedLive = _gaps.RepeatedLive + 1 };
            Note(DiffKind.RepeatedLive);
        }

        if (candidate is { Results: > 1 })
        {
            _gaps = _gaps with { RepeatedCandidate = _gaps.RepeatedCandidate + 1 };
            Note(DiffKind.RepeatedCandidate);
        }

        if (live is { Results: > 0 } && candidate is { Results: > 0 }) Compare(source, live, candidate, segments, Note);
        else if (Gap(live, candidate) is { } kind) Note(kind);
    }

    /// <summary>The report of everything that was added.</summary>
    public DiffReport Report(string live, string candidate)
    {
        (IReadOnlyList<Reports.HistogramBucket> liveScores, IReadOnlyList<Reports.HistogramBucket> candidateScores) = ScoreShift.Histograms(_live, _candidate, HistogramBuckets);
        DiffReport report = new()
        {
            Live = live,
            Candidate = candidate,
            Compared = _compared,
            Agreed = _agreed,
            SameScore = _sameScore,
            Flips = _flips,
            FlipsByDirection =
            [
                .. _directions.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key.Live, StringComparer.Ordinal).ThenBy(entry => entry.Key.Candidate, StringComparer.Ordinal)
                    .Select(entry => new DecisionFlip(entry.Key.Live, entry.Key.Candidate, entry.Value)),
            ],
            MeanDifference = _live.Count == 0 ? 0 : _difference / _live.Count,
            MeanAbsoluteDifference = _live.Count == 0 ? 0 : _absolute / _live.Count,
            MaxAbsoluteDifference = _largest,
            Psi = ScoreShift.Psi(_live, _candidate),
            Ks = ScoreShift.Ks(_live, _candidate),
            LiveScores = liveScores,
            CandidateScores = candidateScores,
            Gaps = _gaps,
            Examples = [.. _examples.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element)],
            Segments = _segments.Rows(),
            Violations = [],
        };
        return report with { Violations = LimitCheck.Violations(report, config.Limits) };
    }

    private void Compare(string source, DiffAnswer live, DiffAnswer candidate, IReadOnlyList<string?> segments, Action<DiffKind> note)
    {
        _compared++;
        bool isSame = Nullable.Equals(live.Score, candidate.Score);
        bool isFlip = live.Decision != candidate.Decision;
        if (isSame) _sameScore++;
        double difference = 0;
        if (live.Score is { } one && candidate.Score is { } other)
        {
            _live.Add(one);
            _candidate.Add(other);
            difference = other - one;
            _difference += difference;
            _absolute += Math.Abs(difference);
            _largest = Math.Max(_largest, Math.Abs(difference));
        }

        bool hasDecision = live.Decision is not null || candidate.Decision is not null;
        if (hasDecision ? !isFlip : isSame) _agreed++;
        _segments.Add(segments, live, candidate, isFlip);
        if (isFlip)
        {
            Flip(source, live, candidate, segments, Math.Abs(difference));
            note(DiffKind.Flip);
        }
        else if (Math.Abs(difference) > config.ScoreTolerance || (config.ScoreTolerance is not null && live.Score is null != candidate.Score is null))
        {
            note(DiffKind.Score);
        }
    }

    private void Flip(string source, DiffAnswer live, DiffAnswer candidate, IReadOnlyList<string?> segments, double difference)
    {
        (string, string) direction = (live.Decision ?? "(none)", candidate.Decision ?? "(none)");
        _directions[direction] = _directions.GetValueOrDefault(direction) + 1;
        DiffRecord example = new() { Source = source, Kind = DiffKind.Flip, Live = live, Candidate = candidate, Segments = segments };
        // Of equal differences the first ones stay.
        _examples.Enqueue(example, (difference, -_flips));
        if (_examples.Count > config.Examples) _examples.Dequeue();
        _flips++;
    }

    private DiffKind? Gap(DiffAnswer? live, DiffAnswer? candidate)
    {
        if (live is { Results: 0 } && candidate is { Results: 0 })
        {
            _gaps = _gaps with { DeadLetteredBoth = _gaps.DeadLetteredBoth + 1 };
            return null;
        }

        if (live is { Results: 0 } && candidate is not null)
        {
            _gaps = _gaps with { DeadLetteredLive = _gaps.DeadLetteredLive + 1 };
            return DiffKind.DeadLetteredLive;
        }

        if (candidate is { Results: 0 } && live is not null)
        {
            _gaps = _gaps with { DeadLetteredCandidate = _gaps.DeadLetteredCandidate + 1 };
            return DiffKind.DeadLetteredCandidate;
        }

        if (live is null && candidate is null)
        {
            _gaps = _gaps with { MissingBoth = _gaps.MissingBoth + 1 };
            return DiffKind.MissingBoth;
        }

        _gaps = live is null ? _gaps with { MissingLive = _gaps.MissingLive + 1 } : _gaps with { MissingCandidate = _gaps.MissingCandidate + 1 };
        return live is null ? DiffKind.MissingLive : DiffKind.MissingCandidate;
    }
}
