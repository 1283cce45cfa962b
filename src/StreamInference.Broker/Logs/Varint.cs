namespace StreamInference.Broker.Logs;

/// <summary>Zigzag varints, the integers inside records.</summary>
internal static class Varint
{
    /// <summary>Reads one and moves the span past it; false where the bytes end or it is too long.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> bytes, out long value)
    {
        ulong raw = 0;
        for (var i = 0; i < bytes.Length && i < 10; i++)
        {
            raw |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] >= 0x80) continue;
            bytes = bytes[(i + 1)..];
            value = (long)(raw >> 1) ^ -(long)(raw & 1);
            return true;
        }
        value = 0;
        return false;
    }

    public static int Write(Span<byte> into, long value)
    {
        var raw = (ulong)((value << 1) ^ (value >> 63));
        var length = 0;
        while (raw >= 0x80)
        {
            into[length++] = (byte)(raw | 0x80);
            raw >>= 7;
        }
        into[length++] = (byte)raw;
        return length;
    }

    public static int SizeOf(long value)
    {
        var raw = (ulong)((value << 1) ^ (value >> 63));
        var size = 1;
        while (raw >= 0x80)
        {
            raw >>= 7;
            size++;
        }
        return size;
    }
}
