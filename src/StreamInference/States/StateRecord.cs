using System.Buffers.Binary;

namespace StreamInference.States;

/// <summary>
/// A record of the state topic: its key is the records' key, its value a byte that names the format, the offset and the timestamp of the last record
/// that took part (64 bits each, big-endian), and the state.
/// </summary>
public static class StateRecord
{
    /// <summary>Bytes before the state.</summary>
    public const int HeaderLength = 17;

    private const byte Format = 1;

    /// <summary>Writes what stands before the state.</summary>
    public static void WriteHeader(Span<byte> header, long offset, long timestamp)
    {
        header[0] = Format;
        BinaryPrimitives.WriteInt64BigEndian(header[1..], offset);
        BinaryPrimitives.WriteInt64BigEndian(header[9..], timestamp);
    }

    /// <summary>Reads a record; null when it is none.</summary>
    public static StateCell? Read(byte[]? key, byte[]? value)
    {
        if (key is null || value is null || value.Length < HeaderLength || value[0] != Format) return null;
        return new StateCell(key, value[HeaderLength..], BinaryPrimitives.ReadInt64BigEndian(value.AsSpan(1)), BinaryPrimitives.ReadInt64BigEndian(value.AsSpan(9)));
    }
}
