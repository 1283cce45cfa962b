using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace StreamInference.Broker.Network;

/// <summary>
/// Cuts requests out of the byte stream: four bytes of length, then the request. A frame is copied into a pooled array
/// while it arrives, so that it is contiguous and the pipe stays small; the caller gives the array back.
/// </summary>
internal sealed class FrameReader(PipeReader input, int maxFrameBytes)
{
    /// <summary>The next frame, or null where the stream ends or sends what cannot be a frame.</summary>
    public async ValueTask<Frame?> ReadAsync(CancellationToken cancel)
    {
        if (await ReadLengthAsync(cancel) is not { } length || length < 0 || length > maxFrameBytes) return null;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        for (var have = 0; have < length;)
        {
            var result = await input.ReadAsync(cancel);
            var part = result.Buffer.Slice(0, Math.Min(length - have, result.Buffer.Length));
            part.CopyTo(buffer.AsSpan(have));
            have += (int)part.Length;
            input.AdvanceTo(part.End);
            if (have < length && (result.IsCompleted || result.IsCanceled))
            {
                ArrayPool<byte>.Shared.Return(buffer);
                return null;
            }
        }
        return new Frame(buffer, length);
    }

    private async ValueTask<int?> ReadLengthAsync(CancellationToken cancel)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancel);
            if (TryReadLength(result.Buffer, out var length))
            {
                input.AdvanceTo(result.Buffer.GetPosition(4));
                return length;
            }
            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted || result.IsCanceled) return null;
        }
    }

    private static bool TryReadLength(ReadOnlySequence<byte> buffer, out int length)
    {
        length = 0;
        if (buffer.Length < 4) return false;
        Span<byte> bytes = stackalloc byte[4];
        buffer.Slice(0, 4).CopyTo(bytes);
        length = BinaryPrimitives.ReadInt32BigEndian(bytes);
        return true;
    }
}

/// <summary>One request's bytes in a pooled array.</summary>
internal readonly record struct Frame(byte[] Buffer, int Length)
{
    public ReadOnlyMemory<byte> Bytes => Buffer.AsMemory(0, Length);

    public void Return() => ArrayPool<byte>.Shared.Return(Buffer);
}
