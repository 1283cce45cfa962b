using System.Buffers.Binary;

namespace StreamInference.Onnx.Sessions;

/// <summary>
/// Walks the fields of one serialized protobuf message. Enough to look into an ONNX file (onnx.proto) without a generated class for it.
/// </summary>
internal ref struct ProtobufReader
{
    private readonly ReadOnlySpan<byte> _message;
    private int _position;

    internal ProtobufReader(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>The number of the field that <see cref="TryRead"/> stands on.</summary>
    internal int Field { get; private set; }

    /// <summary>The value of a varint or fixed field.</summary>
    internal ulong Number { get; private set; }

    /// <summary>The bytes of a length-delimited field; empty for the others.</summary>
    internal ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>The field as it is serialized, tag included.</summary>
    internal ReadOnlySpan<byte> Whole { get; private set; }

    /// <summary>Steps to the next field; false at the end.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a protobuf message.</exception>
    internal bool TryRead()
    {
        if (_position >= _message.Length) return false;
        int start = _position;
        ulong tag = ReadVarint();
        Field = (int)(tag >> 3);
        Bytes = default;
        switch ((int)(tag & 7))
        {
            case 0: Number = ReadVarint(); break;
            case 1: Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8)); break;
            case 2: Bytes = Take(ReadVarint()); break;
            case 5: Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4)); break;
            default: throw new InvalidDataException("This is not a protobuf message.");
        }

        Whole = _message[start.._position];
        return true;
    }

    /// <summary>Reads the integers of a packed repeated field.</summary>
    internal static List<long> ReadPacked(ReadOnlySpan<byte> packed)
    {
        List<long> values = [];
        ProtobufReader reader = new(packed);
        while (reader._position < packed.Length) values.Add((long)reader.ReadVarint());
        return values;
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(_message.Length - _position)) throw new InvalidDataException("This protobuf message is cut off.");
        ReadOnlySpan<byte> taken = _message.Slice(_position, (int)count);
        _position += (int)count;
        return taken;
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }

        throw new InvalidDataException("This protobuf message has an overlong number.");
    }
}
