using System.Buffers;

namespace StreamInference.Broker.Logs;

/// <summary>Reads a segment file through, batch by batch, and stops at the first bytes that are no whole, right batch.</summary>
internal static class SegmentScan
{
    private const int WindowBytes = 4 * 1024 * 1024;

    /// <summary>Indexes every whole batch and feeds the producers' state; returns the position after the last one.</summary>
    public static int Run(FileSegmentStorage storage, LogSegment segment, ProducerStates producers, long now)
    {
        var window = ArrayPool<byte>.Shared.Rent(WindowBytes);
        var position = 0;
        try
        {
            while (true)
            {
                var have = storage.ReadUpTo(position, window);
                var used = Take(window.AsSpan(0, have), position, segment, producers, now);
                position += used;
                if (used > 0) continue;
                if (have < window.Length || NeedsMore(window) is not { } larger) return position;
                ArrayPool<byte>.Shared.Return(window);
                window = ArrayPool<byte>.Shared.Rent(larger);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }

    private static int Take(ReadOnlySpan<byte> bytes, int position, LogSegment segment, ProducerStates producers, long now)
    {
        var used = 0;
        while (BatchChecks.IsWhole(bytes[used..], out var size))
        {
            var batch = bytes.Slice(used, size);
            if (new BatchHeader(batch).BaseOffset < segment.EndOffset) break; // offsets only grow
            segment.Index(batch, position + used);
            producers.Track(batch, now);
            used += size;
        }
        return used;
    }

    /// <summary>The size of a batch larger than the window, if that is what the window begins with.</summary>
    private static int? NeedsMore(ReadOnlySpan<byte> window)
    {
        var size = new BatchHeader(window).SizeInBytes;
        return size > window.Length ? size : null;
    }
}
