using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace StreamInference.Broker.Protocol;

/// <summary>
/// Moves the fields of a message between objects and bytes, in one direction: from the frame that it was opened on, or
/// into its own growing buffer. Does no input or output. Record batches are not copied: read, they are slices of the
/// frame; written, they are kept beside the buffer and take their place when it is copied out (<see cref="CopyTo"/>).
/// Bytes that cannot be a message end in <see cref="WireFormatException"/>.
/// </summary>
internal sealed partial class Wire : IDisposable
{
    private readonly bool _writing;
    private ReadOnlyMemory<byte> _input;
    private byte[] _buffer = [];
    private int _position;
    private int _splicedBytes;
    private readonly List<(int Position, ReadOnlyMemory<byte> Bytes)> _splices = [];

    private Wire(bool writing) => _writing = writing;

    /// <summary>Whether strings, arrays and tags have the compact form of the flexible versions.</summary>
    public bool Flexible { get; set; }

    /// <summary>Bytes written so far, spliced ones included; or bytes consumed.</summary>
    public int Length => _position + _splicedBytes;

    public int Remaining => _input.Length - _position;

    public static Wire Reader(ReadOnlyMemory<byte> frame) => new(writing: false) { _input = frame };

    public static Wire Writer() => new(writing: true) { _buffer = ArrayPool<byte>.Shared.Rent(512) };

    /// <summary>Starts again with another frame.</summary>
    public void Reopen(ReadOnlyMemory<byte> frame)
    {
        _input = frame;
        _position = 0;
        Flexible = false;
    }

    /// <summary>Forgets what was written and keeps the buffer, unless a rare large message made it big.</summary>
    public void Clear()
    {
        _position = 0;
        _splicedBytes = 0;
        _splices.Clear();
        Flexible = false;
    }

    public void Dispose()
    {
        if (_writing && _buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    /// <summary>Writes the whole message, splices in place.</summary>
    public void CopyTo(IBufferWriter<byte> output)
    {
        var from = 0;
        foreach (var (position, bytes) in _splices)
        {
            output.Write(_buffer.AsSpan(from, position - from));
            output.Write(bytes.Span);
            from = position;
        }
        output.Write(_buffer.AsSpan(from, _position - from));
    }

    public byte[] ToArray()
    {
        var output = new ArrayBufferWriter<byte>(Math.Max(1, Length));
        CopyTo(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Overwrites four bytes written earlier, before any splice.</summary>
    public void PatchInt32(int position, int value) => BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(position), value);

    public void Int8(ref sbyte value)
    {
        if (_writing) Grow(1)[0] = (byte)value;
        else value = (sbyte)Take(1)[0];
    }

    public void Bool(ref bool value)
    {
        if (_writing) Grow(1)[0] = value ? (byte)1 : (byte)0;
        else value = Take(1)[0] != 0;
    }

    public void Int16(ref short value)
    {
        if (_writing) BinaryPrimitives.WriteInt16BigEndian(Grow(2), value);
        else value = BinaryPrimitives.ReadInt16BigEndian(Take(2));
    }

    public void Error(ref ErrorCode value)
    {
        var code = (short)value;
        Int16(ref code);
        value = (ErrorCode)code;
    }

    public void Int32(ref int value)
    {
        if (_writing) BinaryPrimitives.WriteInt32BigEndian(Grow(4), value);
        else value = BinaryPrimitives.ReadInt32BigEndian(Take(4));
    }

    public void Int64(ref long value)
    {
        if (_writing) BinaryPrimitives.WriteInt64BigEndian(Grow(8), value);
        else value = BinaryPrimitives.ReadInt64BigEndian(Take(8));
    }

    public void Uuid(ref Guid value)
    {
        if (_writing) value.TryWriteBytes(Grow(16), bigEndian: true, out _);
        else value = new Guid(Take(16), bigEndian: true);
    }

    public void String(ref string value)
    {
        string? text = value;
        NullableString(ref text);
        value = text ?? throw new WireFormatException("null where a string is required");
    }

    public void NullableString(ref string? value)
    {
        if (_writing) WriteString(value);
        else value = ReadString();
    }

    /// <summary>Read bytes are a slice of the frame: copy what must outlive the request.</summary>
    public void Bytes(ref ReadOnlyMemory<byte> value)
    {
        if (_writing)
        {
            WriteLength(value.Length);
            value.Span.CopyTo(Grow(value.Length));
            return;
        }
        var length = ReadLength();
        value = length < 0 ? default : TakeMemory(length);
    }

    public void Records(ref RecordData value)
    {
        if (!_writing)
        {
            var length = ReadLength();
            value = length < 0 ? default : new RecordData(TakeMemory(length));
            return;
        }
        WriteLength(value.Length);
        if (value.Length == 0) return;
        Splice(value.First);
        foreach (var piece in value.More) Splice(piece);
    }

    private void Splice(ReadOnlyMemory<byte> bytes)
    {
        _splices.Add((_position, bytes));
        _splicedBytes += bytes.Length;
    }

    private void WriteString(string? value)
    {
        if (value is null)
        {
            if (Flexible) WriteUnsignedVarint(0);
            else BinaryPrimitives.WriteInt16BigEndian(Grow(2), -1);
            return;
        }
        var length = Encoding.UTF8.GetByteCount(value);
        if (Flexible) WriteUnsignedVarint((uint)length + 1);
        else BinaryPrimitives.WriteInt16BigEndian(Grow(2), checked((short)length));
        Encoding.UTF8.GetBytes(value, Grow(length));
    }

    private string? ReadString()
    {
        var length = Flexible ? (int)ReadUnsignedVarint() - 1 : BinaryPrimitives.ReadInt16BigEndian(Take(2));
        return length < 0 ? null : Encoding.UTF8.GetString(Take(length));
    }

    private Span<byte> Grow(int count)
    {
        if (_buffer.Length - _position < count) Enlarge(count);
        var span = _buffer.AsSpan(_position, count);
        _position += count;
        return span;
    }

    private void Enlarge(int count)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _position + count));
        _buffer.AsSpan(0, _position).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private ReadOnlySpan<byte> Take(int count) => TakeMemory(count).Span;

    private ReadOnlyMemory<byte> TakeMemory(int count)
    {
        if ((uint)count > (uint)Remaining) throw new WireFormatException($"{count} bytes wanted, {Remaining} left");
        var memory = _input.Slice(_position, count);
        _position += count;
        return memory;
    }
}
