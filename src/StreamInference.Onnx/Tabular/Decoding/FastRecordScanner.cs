using System.Buffers;
using System.Runtime.CompilerServices;

namespace StreamInference.Onnx.Tabular;

/// <summary>
/// The quick way through a record: one pass over its bytes that checks the grammar (RFC 8259) and writes each value into its tensor as it goes.
/// It gives up, without saying why, on whatever is rare or wrong; <see cref="RecordReader"/> then decides. Owned by the model's loop.
/// </summary>
internal sealed unsafe class FastRecordScanner(RecordLayout layout, RowWriter writer)
{
    // One less than Utf8JsonReader's, so that what passes here passes there.
    private const int DeepestNesting = 60;
    private static readonly SearchValues<byte> EndOfPlainText = SearchValues.Create([(byte)'"', (byte)'\\', .. Enumerable.Range(0, 0x20).Select(value => (byte)value)]);

    private readonly FieldPlan[] _plans = layout.Plans;

    // A node or a field is seen in this record when it carries the record's number; a field whose value is there, not only its name.
    private readonly long[] _nodeSeen = new long[layout.NodeCount];
    private readonly long[] _fieldSeen = new long[layout.Fields.Length];
    private long _record;
    private int _row;
    private int _fieldsSeen;
    private byte* _start;

    /// <summary>Decodes a record into row <paramref name="row"/>; false when the other reader has to look at it.</summary>
    internal bool TryScan(ReadOnlySpan<byte> json, int row)
    {
        _record++;
        _row = row;
        _fieldsSeen = 0;
        fixed (byte* start = json)
        {
            _start = start;
            byte* end = start + json.Length;
            byte* p = SkipSpace(start, end);
            if (p == end || *p != '{') return false;
            p = ScanObject(layout.Root, p + 1, end, 1);
            return p != null && SkipSpace(p, end) == end && FillMissing();
        }
    }

    private bool FillMissing()
    {
        if (_fieldsSeen == _fieldSeen.Length) return true;
        for (int field = 0; field < _fieldSeen.Length; field++)
        {
            if (_fieldSeen[field] == _record) continue;
            writer.SetSpan(field, _row, 0, 0);
            if (writer.SetMissing(field, _row) != FeatureOutcome.Ok) return false;
        }

        return true;
    }

    /// <summary>Scans the members of an object whose brace was read; a null node means that nothing in it is wanted.</summary>
    private byte* ScanObject(FieldNode? node, byte* p, byte* end, int depth)
    {
        byte* lead = p;
        p = SkipSpace(p, end);
        if (p == end || depth > DeepestNesting) return null;
        if (*p == '}') return p + 1;
        for (int position = 0; ; position++)
        {
            // The lead is everything from the last value to this one: comma, name, colon and spaces.
            FieldNode? child = null;
            byte* value = node == null ? null : node.Layout.Match(position, lead, end, out child);
            if (value == null) value = ScanName(node, position, lead, position > 0, end, out child);
            if (value == null || value == end) return null;
            p = ScanMember(child, value, end, depth);
            if (p == null) return null;
            lead = p;
            if (p == end) return null;
            if (*p == ',') continue;
            p = SkipSpace(p, end);
            if (p == end) return null;
            if (*p == '}') return p + 1;
            if (*p != ',') return null;
        }
    }

    private static byte* ScanName(FieldNode? node, int position, byte* lead, bool afterComma, byte* end, out FieldNode? child)
    {
        child = null;
        byte* p = SkipSpace(lead, end);
        if (afterComma)
        {
            if (p == end || *p != ',') return null;
            p = SkipSpace(p + 1, end);
        }

        if (p == end || *p != '"') return null;
        byte* name = p + 1;
        p = ScanText(name, end, out bool escaped);
        // An escaped name could be one of ours.
        if (p == null || (escaped && node is not null)) return null;
        byte* nameEnd = p - 1;
        p = SkipSpace(p, end);
        if (p == end || *p != ':') return null;
        p = SkipSpace(p + 1, end);
        if (node is null) return p;
        child = node.Child(new ReadOnlySpan<byte>(name, (int)(nameEnd - name)));
        node.Layout.Learn(position, new ReadOnlySpan<byte>(lead, (int)(p - lead)), child);
        return p;
    }

    private byte* ScanMember(FieldNode? child, byte* p, byte* end, int depth)
    {
        if (child is null) return SkipValue(p, end, depth);
        // A name that comes twice: the last one counts, which needs the other reader.
        if (_nodeSeen[child.Id] == _record) return null;
        _nodeSeen[child.Id] = _record;
        if (child.Field < 0) return ScanBranch(child, p, end, depth);
        ref readonly FieldPlan plan = ref _plans[child.Field];
        byte* after = plan.Direct is { } tensor ? ScanDirect(tensor, plan.DirectColumn, p, end) : ScanField(child, p, end, depth);
        if (after == null) return null;
        if (plan.Passthrough >= 0) writer.SetSpan(child.Field, _row, (int)(p - _start), (int)(after - p));
        _fieldSeen[child.Field] = _record;
        _fieldsSeen++;
        return after;
    }

    // The way of most fields: a number that goes into a float tensor as it is.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* ScanDirect(FloatTensor tensor, int column, byte* p, byte* end)
    {
        if (DigitRun.IsSupported && end - p >= JsonNumber.LongestShort)
        {
            byte* after = JsonNumber.ReadShort(p, out ulong mantissa, out int digits, out bool negative);
            if (after != null && JsonNumber.TryToSingle(mantissa, digits, negative, out tensor.Buffer[(_row * tensor.Width) + column])) return after;
        }

        return ScanLong(tensor, column, p, end);
    }

    private byte* ScanLong(FloatTensor tensor, int column, byte* p, byte* end)
    {
        if (*p != '-' && (uint)(*p - '0') > 9) return null;
        p = JsonNumber.Scan(p, end, out JsonNumber number);
        if (p == null) return null;
        float value = number.ToSingle();
        tensor.Buffer[(_row * tensor.Width) + column] = value;
        return float.IsFinite(value) ? p : null;
    }

    private byte* ScanBranch(FieldNode child, byte* p, byte* end, int depth) => *p switch
    {
        (byte)'{' => ScanObject(child, p + 1, end, depth + 1),
        (byte)'[' => ScanArray(child, p + 1, end, depth + 1),
        _ => SkipValue(p, end, depth),
    };

    private byte* ScanField(FieldNode child, byte* p, byte* end, int depth)
    {
        int field = child.Field;
        byte first = *p;
        if (first == '-' || (uint)(first - '0') <= 9)
        {
            p = JsonNumber.Scan(p, end, out JsonNumber number);
            return p != null && writer.Set(field, _row, number) == FeatureOutcome.Ok ? p : null;
        }

        if (first == '"')
        {
            byte* text = p + 1;
            p = ScanText(text, end, out bool escaped);
            if (p == null || (escaped && writer.IsRead(field))) return null;
            return writer.Set(field, _row, new ReadOnlySpan<byte>(text, (int)(p - 1 - text))) == FeatureOutcome.Ok ? p : null;
        }

        if (first is (byte)'{' or (byte)'[')
        {
            if (writer.IsRead(field)) return null;
            return ScanBranch(child, p, end, depth);
        }

        p = SkipLiteral(p, end);
        if (p == null) return null;
        FeatureOutcome outcome = first == 'n' ? writer.SetMissing(field, _row) : writer.Set(field, _row, first == 't');
        return outcome == FeatureOutcome.Ok ? p : null;
    }

    private byte* ScanArray(FieldNode? node, byte* p, byte* end, int depth)
    {
        p = SkipSpace(p, end);
        if (p == end || depth > DeepestNesting) return null;
        if (*p == ']') return p + 1;
        for (int index = 0; ; index++)
        {
            p = SkipSpace(p, end);
            if (p == end) return null;
            p = ScanMember(node?.Child(index), p, end, depth);
            if (p == null) return null;
            p = SkipSpace(p, end);
            if (p == end) return null;
            if (*p == ']') return p + 1;
            if (*p++ != ',') return null;
        }
    }

    private byte* SkipValue(byte* p, byte* end, int depth)
    {
        switch (*p)
        {
            case (byte)'"': return ScanText(p + 1, end, out _);
            case (byte)'{': return ScanObject(null, p + 1, end, depth + 1);
            case (byte)'[': return ScanArray(null, p + 1, end, depth + 1);
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'): return JsonNumber.Scan(p, end, out _);
            default: return SkipLiteral(p, end);
        }
    }

    private static byte* SkipLiteral(byte* p, byte* end)
    {
        ReadOnlySpan<byte> rest = new(p, (int)(end - p));
        if (rest.StartsWith("true"u8) || rest.StartsWith("null"u8)) return p + 4;
        return rest.StartsWith("false"u8) ? p + 5 : null;
    }

    /// <summary>Scans a text whose quote was read; gives the byte after the closing quote.</summary>
    private static byte* ScanText(byte* p, byte* end, out bool escaped)
    {
        escaped = false;
        while (true)
        {
            int at = new ReadOnlySpan<byte>(p, (int)(end - p)).IndexOfAny(EndOfPlainText);
            if (at < 0) return null;
            p += at;
            if (*p == '"') return p + 1;
            if (*p != '\\') return null;
            escaped = true;
            p = SkipEscape(p + 1, end);
            if (p == null) return null;
        }
    }

    private static byte* SkipEscape(byte* p, byte* end)
    {
        if (p == end) return null;
        if (*p != 'u') return "\"\\/bfnrt"u8.Contains(*p) ? p + 1 : null;
        if (end - p < 5) return null;
        for (int digit = 1; digit <= 4; digit++)
            if (!char.IsAsciiHexDigit((char)p[digit])) return null;
        return p + 5;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* SkipSpace(byte* p, byte* end)
    {
        while (p < end && *p is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') p++;
        return p;
    }
}
