using System.Buffers;
using StreamInference.Simulation;

namespace StreamInference.Cli.Producing;

/// <summary>Simulated card transactions, without end.</summary>
internal sealed class SimulatorFeed(ulong seed, double badFraction) : IRecordFeed
{
    private readonly TransactionStream _stream = new(new SimulatorOptions { Seed = seed }, new BadRecordOptions { Fraction = badFraction, Seed = seed });
    private readonly ArrayBufferWriter<byte> _key = new(64);
    private readonly ArrayBufferWriter<byte> _value = new(2048);

    /// <summary>Bad records so far.</summary>
    public long BadRecords { get; private set; }

    public bool TryNext(out FeedRecord record)
    {
        _key.ResetWrittenCount();
        _value.ResetWrittenCount();
        ProducedRecord produced = _stream.WriteNext(_value, _key);
        if (produced.BadRecord != BadRecordKind.None) BadRecords++;
        record = new FeedRecord(_key.WrittenSpan.ToArray(), produced.IsNullValue ? null : _value.WrittenSpan.ToArray());
        return true;
    }
}
