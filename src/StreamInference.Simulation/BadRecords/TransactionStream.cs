using System.Buffers;

namespace StreamInference.Simulation;

/// <summary>
/// A simulator's records with a given share of deliberately bad ones in between. A bad record stands in the place of its transaction
/// (its <c>seq</c> is missing among the good ones) and keeps its key; the good ones are what they would be without. Not thread-safe.
/// </summary>
public sealed class TransactionStream
{
    private readonly TransactionSimulator _simulator;
    private readonly BadRecordOptions _bad;
    private readonly ArrayBufferWriter<byte> _good = new(2_048);

    private Xoshiro256 _random;

    /// <summary>Builds the simulator.</summary>
    /// <param name="simulator">What is simulated.</param>
    /// <param name="badRecords">What is spoiled; null: nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public TransactionStream(SimulatorOptions simulator, BadRecordOptions? badRecords = null)
    {
        _bad = badRecords ?? new BadRecordOptions { Fraction = 0 };
        if (!(_bad.Fraction is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(badRecords), _bad.Fraction, "The fraction is from 0 to 1.");
        if (_bad.Kinds.Count == 0 || _bad.Kinds.Contains(BadRecordKind.None))
            throw new ArgumentOutOfRangeException(nameof(badRecords), "The kinds are at least one, and none of them is None.");
        ArgumentOutOfRangeException.ThrowIfLessThan(_bad.HugeBytes, 2_048, nameof(badRecords));
        _random = new Xoshiro256(_bad.Seed, stream: 3);
        _simulator = new TransactionSimulator(simulator);
    }

    /// <summary>Appends the next record; a good one allocates nothing once the buffers have grown.</summary>
    /// <param name="value">Receives the value; nothing where it is empty or null.</param>
    /// <param name="key">Receives the key.</param>
    public ProducedRecord WriteNext(IBufferWriter<byte> value, IBufferWriter<byte> key)
    {
        BadRecordKind kind = _random.NextDouble() < _bad.Fraction ? _bad.Kinds[_random.NextInt(_bad.Kinds.Count)] : BadRecordKind.None;
        if (kind == BadRecordKind.None) return Describe(in _simulator.WriteNext(value, key), kind);
        _good.ResetWrittenCount();
        ref readonly SimulatedTransaction transaction = ref _simulator.WriteNext(_good, key);
        RecordSpoiler.Write(kind, _good.WrittenSpan, _bad.HugeBytes, value);
        return Describe(in transaction, kind);
    }

    private static ProducedRecord Describe(in SimulatedTransaction transaction, BadRecordKind kind) =>
        new(transaction.Sequence, transaction.UnixMilliseconds, transaction.Scenario, kind);
}
