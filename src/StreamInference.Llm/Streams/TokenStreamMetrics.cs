using System.Diagnostics.Metrics;

namespace StreamInference.Llm.Streams;

/// <summary>Instruments of token streams, on the meter <c>StreamInference</c>; durations in seconds.</summary>
public sealed class TokenStreamMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _tokens;
    private readonly Counter<long> _resumed;
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
        _silence = _meter.CreateHistogram<double>("streaminference.stream.silence.duration", "s", "From a resumed stream's last committed token to its next one.");
        _timeToFirstToken = _meter.CreateHistogram<double>("streaminference.time_to_first_token.duration", "s", "From submission to the first token.");
    }

    internal void RecordTokens(int count) => _tokens.Add(count, _model);

    internal void RecordResumed() => _resumed.Add(1, _model);

    internal void RecordSilence(TimeSpan silence) => _silence.Record(Math.Max(0, silence.TotalSeconds), _model);

    internal void RecordFirstToken(TimeSpan duration) => _timeToFirstToken.Record(duration.TotalSeconds, _model);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
