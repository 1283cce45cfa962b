using System.Buffers;
using System.Text;

namespace StreamInference.Onnx.Sessions;

/// <summary>Writes length-delimited and varint fields of a protobuf message.</summary>
internal static class ProtobufWriter
{
    internal static void WriteBytes(IBufferWriter<byte> into, int field, ReadOnlySpan<byte> bytes)
    {
        WriteVarint(into, (ulong)((field << 3) | 2));
        WriteVarint(into, (ulong)bytes.Length);
        into.Write(bytes);
    }

    internal static void WriteText(IBufferWriter<byte> into, int field, string text) => WriteBytes(into, field, Encoding.UTF8.GetBytes(text));

    internal static void WriteNumber(IBufferWriter<byte> into, int field, ulong value)
    {
        WriteVarint(into, (ulong)(field << 3));
        WriteVarint(into, value);
    }

    private static void WriteVarint(IBufferWriter<byte> into, ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        int length = 0;
        for (; value >= 0x80; value >>= 7) bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
        into.Write(bytes[..length]);
    }
}
