using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.States;

/// <summary>The state of a key after a record, or that it is forgotten: slices of its <see cref="ResultBatch"/>.</summary>
/// <param name="Result">The result of the record, by number: they are committed together.</param>
/// <param name="KeyStart">Where the key starts.</param>
/// <param name="KeyLength">Its length in bytes.</param>
/// <param name="Length">The length of the value, which stands behind the key; -1: the key is forgotten.</param>
public readonly record struct StateEntry(int Result, int KeyStart, int KeyLength, int Length);

/// <summary>One record of a transaction for the state topic.</summary>
/// <param name="Assignment">The partition of the key.</param>
/// <param name="Batch">Where the bytes lie.</param>
/// <param name="Entry">Which they are.</param>
public readonly record struct StateWrite(PartitionAssignment Assignment, ResultBatch Batch, StateEntry Entry)
{
    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> Key => Batch.Slice(Entry.KeyStart, Entry.KeyLength);

    /// <summary>Whether the key is forgotten: a tombstone.</summary>
    public bool IsTombstone => Entry.Length < 0;

    /// <summary>The value; empty for a tombstone.</summary>
    public ReadOnlySpan<byte> Value => IsTombstone ? [] : Batch.Slice(Entry.KeyStart + Entry.KeyLength, Entry.Length);
}
