namespace StreamInference.Records;

/// <summary>A record copied into managed memory, for records that live longer than a poll should hold the client's buffers (token streams).</summary>
public sealed class CopiedRecordLease : RecordLease
{
    private readonly byte[]? _key;
    private readonly byte[]? _value;
    private readonly List<KeyValuePair<string, byte[]?>> _headers = [];

    private CopiedRecordLease(in StreamRecord record)
    {
        _key = record.HasKey ? record.Key.ToArray() : null;
        _value = record.HasValue ? record.Value.ToArray() : null;
        record.CopyHeaders(_headers);
    }

    /// <summary>The same record over a copy of its bytes; nothing has to be given back.</summary>
    public static StreamRecord Copy(in StreamRecord record) =>
        new(new CopiedRecordLease(record), 0, record.Assignment, record.Offset, record.Timestamp);

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Key(int index) => _key;

    /// <inheritdoc/>
    public override bool HasKey(int index) => _key is not null;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Value(int index) => _value;

    /// <inheritdoc/>
    public override bool HasValue(int index) => _value is not null;

    /// <inheritdoc/>
    public override bool TryGetHeader(int index, string name, out ReadOnlySpan<byte> value)
    {
        int at = _headers.FindLastIndex(header => header.Key == name);
        value = at < 0 ? default : _headers[at].Value;
        return at >= 0;
    }

    /// <inheritdoc/>
    public override void CopyHeaders(int index, ICollection<KeyValuePair<string, byte[]?>> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        foreach (KeyValuePair<string, byte[]?> header in _headers) into.Add(header);
    }

    /// <inheritdoc/>
    protected override void GiveBack()
    {
    }
}
