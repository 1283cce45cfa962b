namespace StreamInference.Replay.Diff;

/// <summary>The comparison by values of input fields; each field has so many rows at most, and one for the rest.</summary>
internal sealed class SegmentTables(DiffConfig config)
{
    // A segment is read as a few numbers, so its scores may be coarser than those of the whole.
    private const int DistinctScores = 1 << 12;

    private readonly Dictionary<Row, Counts>[] _tables = [.. config.Segments.Select(_ => new Dictionary<Row, Counts>())];

    public void Add(IReadOnlyList<string?> values, DiffAnswer live, DiffAnswer candidate, bool isFlip)
    {
        for (int field = 0; field < _tables.Length; field++)
        {
            Row row = new(field < values.Count ? values[field] : null, IsOther: false);
            // The row that the rest shares comes last, so the table is full without it.
            if (_tables[field].Count >= config.MaxSegmentValues && !_tables[field].ContainsKey(row)) row = new Row(null, IsOther: true);
            if (!_tables[field].TryGetValue(row, out Counts? counts)) _tables[field].Add(row, counts = new Counts());
            counts.Add(live, candidate, isFlip);
        }
    }

    /// <summary>The rows: fields in their order, in each the most frequent value first.</summary>
    public IReadOnlyList<DiffSegment> Rows() =>
    [
        .. _tables.SelectMany((table, field) => table
            .OrderBy(entry => entry.Key.IsOther).ThenByDescending(entry => entry.Value.Compared).ThenBy(entry => entry.Key.Value, StringComparer.Ordinal)
            .Select(entry => entry.Value.Segment(config.Segments[field], entry.Key.Value, entry.Key.IsOther))),
    ];

    private readonly record struct Row(string? Value, bool IsOther);

    private sealed class Counts
    {
        private readonly ScoreSketch _live = new(DistinctScores);
        private readonly ScoreSketch _candidate = new(DistinctScores);
        private long _flips;

        public long Compared { get; private set; }

        public void Add(DiffAnswer live, DiffAnswer candidate, bool isFlip)
        {
            Compared++;
            if (isFlip) _flips++;
            if (live.Score is not { } one || candidate.Score is not { } other) return;
            _live.Add(one);
            _candidate.Add(other);
        }

        public DiffSegment Segment(string field, string? value, bool isOther) =>
            new(field, value, isOther, Compared, _flips, _flips / (double)Compared, _live.Mean, _candidate.Mean, ScoreShift.Psi(_live, _candidate));
    }
}
