using System.Buffers.Binary;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Progress;

/// <summary>One write to a slot of a request's progress: a slice of its <see cref="ResultBatch"/>.</summary>
/// <param name="Record">The request.</param>
/// <param name="Slot">The slot, 0 to 65535.</param>
/// <param name="Start">Where the value starts in the batch's bytes.</param>
/// <param name="Length">The value's length in bytes; -1 for a tombstone.</param>
public readonly record struct ProgressEntry(StreamRecord Record, int Slot, int Start, int Length)
{
    /// <summary>Whether the slot is deleted.</summary>
    public bool IsTombstone => Length < 0;
}

/// <summary>One record of a transaction for the progress topic.</summary>
/// <param name="Assignment">The partition of the request.</param>
/// <param name="Offset">The request's offset.</param>
/// <param name="Slot">The slot.</param>
/// <param name="Batch">Where the value lies; null for a tombstone.</param>
/// <param name="Start">Where it starts.</param>
/// <param name="Length">Its length in bytes.</param>
public readonly record struct ProgressWrite(PartitionAssignment Assignment, long Offset, int Slot, ResultBatch? Batch, int Start, int Length)
{
    /// <summary>The value; empty for a tombstone (see <see cref="Batch"/>).</summary>
    public ReadOnlySpan<byte> Value => Batch is null ? [] : Batch.Slice(Start, Length);
}

/// <summary>The key of a progress record: the input offset and the slot, big-endian, so that keys sort as their requests do.</summary>
public static class ProgressKey
{
    /// <summary>The key's length in bytes.</summary>
    public const int Length = 10;

    /// <summary>Writes the key.</summary>
    public static void Write(Span<byte> key, long offset, int slot)
    {
        BinaryPrimitives.WriteInt64BigEndian(key, offset);
        BinaryPrimitives.WriteUInt16BigEndian(key[8..], checked((ushort)slot));
    }

    /// <summary>Reads a key; false when it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> key, out long offset, out int slot)
    {
        offset = -1;
        slot = -1;
        if (key.Length != Length) return false;
        offset = BinaryPrimitives.ReadInt64BigEndian(key);
        slot = BinaryPrimitives.ReadUInt16BigEndian(key[8..]);
        return offset >= 0;
    }
}
