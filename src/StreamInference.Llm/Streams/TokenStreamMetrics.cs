using System.Diagnostics.Metrics;

namespace StreamInference.Llm.Streams;

/// <summary>Instruments of token streams, on the meter <c>StreamInference</c>; durations in seconds.</summary>
public sealed class TokenStreamMetrics : IDisposable
{
    private static readonly double[] SilenceBounds = [0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 30, 60, 300];

    private readonly Meter _meter;
    private readonly Counter<long> _tokens;
    private readonly Counter<long> _resumed;
    private readonly Counter<long> _restored;
    private readonly Histogram<double> _silence;
    private readonly Histogram<double> _timeToFirstToken;
    private readonly KeyValuePair<string, object?> _model;

    /// <summary>Creates the instruments for one model.</summary>
    public TokenStreamMetrics(string model, IMeterFactory? meters = null)
    {
        _model = new("model", model);
        _meter = meters?.Create("StreamInference") ?? new Meter("StreamInference");
        _tokens = _meter.CreateCounter<long>("streaminference.tokens.generated", "{token}", "Output tokens.");
        _resumed = _meter.CreateCounter<long>("streaminference.streams.resumed", "{stream}", "Streams that went on behind an earlier owner's tokens.");
        _restored = _meter.CreateCounter<long>(
            "streaminference.streams.restored_tokens", "{token}", "Prompt and output tokens of resumed streams, by source: cache (prefix cache) or prefill.");
        _silence = _meter.CreateHistogram<double>(
            "streaminference.stream.silence.duration", "s", "From a resumed stream's last committed token to its next one.", advice: new() { HistogramBucketBoundaries = SilenceBounds });
        _timeToFirstToken = _meter.CreateHistogram<double>("streaminference.time_to_first_token.duration", "s", "From submission to the first token.");
    }

    internal void RecordTokens(int count) => _tokens.Add(count, _model);

    internal void RecordResumed() => _resumed.Add(1, _model);

    internal void RecordRestored(TimeSpan silence, int cachedTokens, int prefilledTokens)
    {
        _silence.Record(Math.Max(0, silence.TotalSeconds), _model);
        if (cachedTokens > 0) _restored.Add(cachedTokens, _model, new("source", "cache"));
        _restored.Add(prefilledTokens, _model, new("source", "prefill"));
    }

    internal void RecordFirstToken(TimeSpan duration) => _timeToFirstToken.Record(duration.TotalSeconds, _model);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
