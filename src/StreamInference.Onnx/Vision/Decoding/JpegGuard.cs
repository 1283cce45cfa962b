using System.Buffers.Binary;

namespace StreamInference.Onnx.Vision.Decoding;

/// <summary>
/// Walks the markers of a JPEG without decoding it. The codec reports success for a progressive file that was cut short (a blurred picture)
/// and spends seconds on hundreds of empty scans; both are visible in the markers (ITU-T T.81, annex B) within microseconds.
/// </summary>
internal static class JpegGuard
{
    private const byte Prefix = 0xff;
    private const byte StartOfScan = 0xda;
    private const byte EndOfImage = 0xd9;

    /// <summary>Counts the scans up to the end marker.</summary>
    /// <param name="bytes">The whole file, which begins with a start-of-image marker.</param>
    /// <param name="maxScans">Counting stops with <see cref="FrameErrorCode.TooMuchWork"/> above it.</param>
    /// <param name="scans">The scans seen.</param>
    public static FrameErrorCode Check(ReadOnlySpan<byte> bytes, int maxScans, out int scans)
    {
        scans = 0;
        int at = 2;
        while (true)
        {
            if (!NextMarker(bytes, ref at, out byte marker)) return FrameErrorCode.Truncated;
            if (marker == EndOfImage) return scans == 0 ? FrameErrorCode.Corrupt : FrameErrorCode.None;
            if (StandsAlone(marker)) continue;
            if (at + 2 > bytes.Length) return FrameErrorCode.Truncated;
            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
            if (length < 2) return FrameErrorCode.Corrupt;
            if (at + length > bytes.Length) return FrameErrorCode.Truncated;
            at += length;
            if (marker != StartOfScan) continue;
            if (++scans > maxScans) return FrameErrorCode.TooMuchWork;
            if (!SkipEntropyCodedData(bytes, ref at)) return FrameErrorCode.Truncated;
        }
    }

    // Markers without a length: fill, TEM, RSTn, SOI.
    private static bool StandsAlone(byte marker) => marker is 0 or 1 or (>= 0xd0 and <= 0xd8);

    private static bool NextMarker(ReadOnlySpan<byte> bytes, ref int at, out byte marker)
    {
        marker = 0;
        int prefix = bytes[at..].IndexOf(Prefix);
        if (prefix < 0) return false;
        int code = bytes[(at + prefix)..].IndexOfAnyExcept(Prefix);
        if (code < 0) return false;
        at += prefix + code;
        marker = bytes[at++];
        return true;
    }

    // Inside a scan a prefix followed by zero is data, and restart markers belong to it.
    private static bool SkipEntropyCodedData(ReadOnlySpan<byte> bytes, ref int at)
    {
        while (true)
        {
            int prefix = bytes[at..].IndexOf(Prefix);
            if (prefix < 0 || at + prefix + 1 >= bytes.Length) return false;
            at += prefix;
            byte next = bytes[at + 1];
            if (next != 0 && next is not (>= 0xd0 and <= 0xd7)) return true;
            at += 2;
        }
    }
}
