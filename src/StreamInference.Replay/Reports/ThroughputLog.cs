namespace StreamInference.Replay.Reports;

/// <summary>The course of a count over a run, in equal steps: when there are too many, every second one goes. Owned by one thread.</summary>
internal sealed class ThroughputLog
{
    private const int MostSamples = 240;

    private readonly List<(TimeSpan At, long Records)> _points = [(TimeSpan.Zero, 0)];
    private TimeSpan _step = TimeSpan.FromSeconds(1);

    /// <summary>Notes the count at a time; times only grow.</summary>
    public void Add(TimeSpan at, long records)
    {
        if (at - _points[^1].At < _step * 0.9) return;
        _points.Add((at, records));
        if (_points.Count <= MostSamples) return;
        for (int i = _points.Count - 2; i > 0; i -= 2) _points.RemoveAt(i);
        _step *= 2;
    }

    /// <summary>The rates between the points.</summary>
    public IReadOnlyList<ThroughputSample> ToSamples()
    {
        List<ThroughputSample> samples = [];
        for (int i = 1; i < _points.Count; i++)
        {
            double seconds = (_points[i].At - _points[i - 1].At).TotalSeconds;
            samples.Add(new ThroughputSample(_points[i].At, (_points[i].Records - _points[i - 1].Records) / seconds));
        }

        return samples;
    }
}
