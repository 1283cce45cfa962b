using System.Diagnostics.Metrics;
using System.Globalization;
using StreamInference.Pipeline;

namespace StreamInference.LoadTest.Frames;

/// <summary>Where the time of a pipeline goes, by its own metrics: the durations of its stages in this process.</summary>
internal sealed class StageTimes : IDisposable
{
    private static readonly string[] Stages = ["queue", "inference", "commit"];

    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, List<double>> _milliseconds = Stages.ToDictionary(stage => stage, _ => new List<double>());

    public StageTimes()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == PipelineMetrics.MeterName && Find(instrument) is not null) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, seconds, _, _) =>
        {
            lock (_milliseconds) _milliseconds[Find(instrument)!].Add(seconds * 1000);
        });
        _listener.Start();
    }

    public void Clear()
    {
        lock (_milliseconds)
        {
            foreach (List<double> stage in _milliseconds.Values) stage.Clear();
        }
    }

    public override string ToString()
    {
        lock (_milliseconds)
        {
            return string.Join(", ", Stages.Select(stage => string.Create(
                CultureInfo.InvariantCulture, $"{stage} {At(_milliseconds[stage], 0.5):0.0}/{At(_milliseconds[stage], 0.99):0.0}")));
        }
    }

    public void Dispose() => _listener.Dispose();

    private static string? Find(Instrument instrument) => Array.Find(Stages, stage => instrument.Name == $"streaminference.{stage}.duration");

    private static double At(List<double> values, double quantile) => values.Count == 0 ? 0 : values.Order().ElementAt((int)((values.Count - 1) * quantile));
}
