using System.Buffers.Text;
using System.Globalization;
using System.Text;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Onnx.Tabular;

/// <summary>
/// Writes a result: what passes through, the outputs, the decision, the model. Each member's name and every text that does not change is encoded
/// once. Owned by the model's loop.
/// </summary>
internal sealed class JsonResultWriter
{
    // ,"latency_ms": and a long.
    private const int LongestLatency = 14 + 20;

    private readonly byte[][] _passthroughNames;

    // For each field, by decision: whether it goes into the result. Null: always.
    private readonly bool[]?[] _passes;
    private readonly IReadOnlyList<ResultValue> _values;
    private readonly byte[][] _valueNames;
    private readonly DecisionWriter? _decision;
    private readonly ResultValue? _decided;
    private readonly byte[] _tail;
    private readonly int _fixedLength;

    internal JsonResultWriter(TabularModelDescription description, IReadOnlyList<ResultValue> values, ModelIdentity model)
    {
        _passthroughNames = [.. description.Passthrough.Select(field => Name(field.Name))];
        _values = values;
        _valueNames = [.. values.Select(value => Name(value.Description.Name))];
        if (description.Decision is { } decision)
        {
            _decision = new DecisionWriter(decision);
            _decided = values.First(value => value.Description.Name == decision.Output);
        }

        _passes = [.. description.Passthrough.Select(field => field.When is { } when ? _decision!.Names.Select(when.Contains).ToArray() : null)];

        _tail = [.. Name("model"), .. ResultValue.Quoted(model.Name), .. Name("version"), .. Encoding.ASCII.GetBytes(model.Version.ToString(CultureInfo.InvariantCulture))];
        _fixedLength = _passthroughNames.Sum(name => name.Length) + _valueNames.Sum(name => name.Length)
            + (_decision?.LongestText ?? 0) + _tail.Length + LongestLatency + 2;
    }

    /// <summary>Writes the result of a row.</summary>
    /// <param name="record">The record.</param>
    /// <param name="row">Its row in the tensors.</param>
    /// <param name="passthrough">Where the fields stand that pass through.</param>
    /// <param name="latency">Milliseconds since the record's timestamp; negative: not written.</param>
    /// <param name="into">Gets the value.</param>
    internal void Write(in StreamRecord record, int row, ReadOnlySpan<FieldSpan> passthrough, long latency, ResultBatch into)
    {
        int longest = _fixedLength;
        foreach (FieldSpan span in passthrough) longest += span.Length;
        for (int index = 0; index < _values.Count; index++) longest += _values[index].LongestText(row);
        Span<byte> text = into.GetSpan(longest);
        // Every member brings its comma; the first one's becomes the brace.
        int decision = _decision?.For(_decided!.Number(row)) ?? 0;
        int at = WritePassthrough(record.Value, passthrough, decision, text);
        for (int index = 0; index < _values.Count; index++)
        {
            at = Append(_valueNames[index], text, at);
            at += _values[index].Write(row, text[at..]);
        }

        if (_decision is not null) at = Append(_decision.Text(decision), text, at);
        at = Append(_tail, text, at);
        if (latency >= 0) at = WriteLatency(latency, text, at);
        text[0] = (byte)'{';
        text[at++] = (byte)'}';
        into.Advance(at);
    }

    private int WritePassthrough(ReadOnlySpan<byte> value, ReadOnlySpan<FieldSpan> passthrough, int decision, Span<byte> text)
    {
        int at = 0;
        for (int index = 0; index < passthrough.Length; index++)
        {
            FieldSpan span = passthrough[index];
            if (span.Length == 0 || _passes[index]?[decision] == false) continue;
            at = Append(_passthroughNames[index], text, at);
            at = Append(value.Slice(span.Start, span.Length), text, at);
        }

        return at;
    }

    private static int WriteLatency(long latency, Span<byte> text, int at)
    {
        at = Append(",\"latency_ms\":"u8, text, at);
        Utf8Formatter.TryFormat(latency, text[at..], out int written);
        return at + written;
    }

    private static int Append(ReadOnlySpan<byte> part, Span<byte> text, int at)
    {
        part.CopyTo(text[at..]);
        return at + part.Length;
    }

    private static byte[] Name(string name) => [(byte)',', .. ResultValue.Quoted(name), (byte)':'];
}
