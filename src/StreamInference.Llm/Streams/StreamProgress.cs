using System.Buffers;
using System.Buffers.Binary;
using StreamInference.Progress;

namespace StreamInference.Llm.Streams;

/// <summary>
/// The runner's part of a progress value: state (1 byte), wall clock in Unix milliseconds (int64), the slot's tokens (int32 each), little-endian.
/// Sampling is counter-based and the detokenizer is a function of the tokens, so the tokens are the whole state of a stream.
/// </summary>
internal static class StreamProgress
{
    /// <summary>Tokens in a full slot: a commit rewrites the last slot alone, so the bytes written stay linear in the answer's length.</summary>
    public const int SlotSize = 256;

    private const int HeaderLength = 9;

    /// <summary>Writes the value of a slot of a running stream.</summary>
    public static void WriteRunning(IBufferWriter<byte> into, DateTimeOffset now, ReadOnlySpan<int> tokens)
    {
        int length = HeaderLength + (tokens.Length * sizeof(int));
        Span<byte> value = into.GetSpan(length);
        value[0] = ProgressState.Running;
        BinaryPrimitives.WriteInt64LittleEndian(value[1..], now.ToUnixTimeMilliseconds());
        for (int i = 0; i < tokens.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(value[(HeaderLength + (i * sizeof(int)))..], tokens[i]);
        into.Advance(length);
    }

    /// <summary>Writes the value that says that a stream is finished.</summary>
    public static void WriteDone(IBufferWriter<byte> into, DateTimeOffset now)
    {
        Span<byte> value = into.GetSpan(HeaderLength);
        value[0] = ProgressState.Done;
        BinaryPrimitives.WriteInt64LittleEndian(value[1..], now.ToUnixTimeMilliseconds());
        into.Advance(HeaderLength);
    }

    /// <summary>The committed tokens of a running stream, and when the last of them was written.</summary>
    /// <exception cref="InvalidDataException">A slot is missing or broken: the topic was written by something else.</exception>
    public static (int[] Tokens, DateTimeOffset WrittenAt) Read(RequestProgress progress)
    {
        List<int> tokens = [];
        long writtenAt = 0;
        for (int slot = 0; slot < progress.Slots.Count; slot++)
        {
            if (!progress.Slots.TryGetValue(slot, out byte[]? value) || value.Length < HeaderLength || (value.Length - HeaderLength) % sizeof(int) != 0)
                throw new InvalidDataException($"The progress of offset {progress.Offset} has no readable slot {slot} among its {progress.Slots.Count}.");
            if (tokens.Count != slot * SlotSize) throw new InvalidDataException($"The progress of offset {progress.Offset} has a gap before slot {slot}.");
            writtenAt = Math.Max(writtenAt, BinaryPrimitives.ReadInt64LittleEndian(value.AsSpan(1)));
            for (int at = HeaderLength; at < value.Length; at += sizeof(int)) tokens.Add(BinaryPrimitives.ReadInt32LittleEndian(value.AsSpan(at)));
        }

        return ([.. tokens], DateTimeOffset.FromUnixTimeMilliseconds(writtenAt));
    }
}
