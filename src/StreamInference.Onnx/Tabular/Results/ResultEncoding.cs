using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Onnx.Tabular;

/// <summary>Encodes the rows of a batch: by the description, or by a user's encoder. Owned by the model's loop.</summary>
internal sealed class ResultEncoding
{
    private readonly IReadOnlyList<ResultValue> _values;
    private readonly JsonResultWriter _writer;
    private readonly IRowDecoder _decoder;
    private readonly IResultEncoder? _encoder;
    private readonly ModelIdentity _model;
    private readonly float[] _numbers;
    private readonly bool _allowNonFinite;

    // Null: latency is not written.
    private readonly TimeProvider? _time;
    private long _now;

    internal ResultEncoding(TabularModelDescription description, ModelIdentity model, IReadOnlyList<ResultValue> values, IRowDecoder decoder, TabularModelOptions options)
    {
        _values = values;
        _writer = new JsonResultWriter(description, values, model);
        _decoder = decoder;
        _encoder = options.Encoder;
        _model = model;
        _numbers = new float[values.Sum(value => value.Count)];
        _allowNonFinite = description.AllowNonFinite;
        _time = description.Latency && options.AllowsLatency ? options.Time : null;
    }

    internal void BeginBatch()
    {
        if (_time is not null) _now = _time.GetUtcNow().ToUnixTimeMilliseconds();
    }

    /// <summary>Writes the value of a row's result.</summary>
    /// <returns>Null when it worked; else the error of the record.</returns>
    internal RecordError? Encode(in StreamRecord record, int row, ResultBatch into)
    {
        if (!_allowNonFinite && FirstNonFinite(row) is { } output)
            return new RecordError(RecordErrorCodes.InvalidOutput, $"The model's output {output} is not a finite number.");
        if (_encoder is null)
        {
            long latency = _time is null || record.Timestamp < 0 ? -1 : Math.Max(0, _now - record.Timestamp);
            _writer.Write(record, row, _decoder.Passthrough(row), latency, into);
            return null;
        }

        int at = 0;
        foreach (ResultValue value in _values)
        {
            value.Numbers(row, _numbers.AsSpan(at, value.Count));
            at += value.Count;
        }

        _encoder.Encode(record, _numbers, _model, into);
        return null;
    }

    private string? FirstNonFinite(int row)
    {
        for (int index = 0; index < _values.Count; index++)
            if (!_values[index].IsFinite(row)) return _values[index].Description.Name;
        return null;
    }
}
