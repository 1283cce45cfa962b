using System.Text.Unicode;
using StreamInference.Records;

namespace StreamInference.Onnx.Tabular;

/// <summary>Decodes JSON records into rows of the model's tensors. Owned by the model's loop; allocates nothing for a good record.</summary>
internal sealed class JsonRowDecoder(RecordLayout layout, RowWriter writer) : IRowDecoder
{
    private readonly FastRecordScanner _scanner = new(layout, writer);
    private readonly RecordReader _reader = new(layout, writer);

    /// <inheritdoc/>
    public RecordError? Decode(in StreamRecord record, int row)
    {
        ReadOnlySpan<byte> value = record.Value;
        if (value.IsEmpty)
        {
            return record.HasValue
                ? new RecordError(RecordErrorCodes.EmptyValue, "The value is empty.")
                : new RecordError(RecordErrorCodes.NullValue, "The value is null.");
        }

        // Neither way through the record looks at every byte of its texts, and what passes through must be UTF-8 too.
        if (!Utf8.IsValid(value)) return new RecordError(RecordErrorCodes.MalformedJson, "The value is not UTF-8.");
        return _scanner.TryScan(value, row) ? null : _reader.Read(value, row);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<FieldSpan> Passthrough(int row) => writer.Passthrough(row);
}
