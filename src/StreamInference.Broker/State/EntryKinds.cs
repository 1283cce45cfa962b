using StreamInference.Broker.Protocol;

namespace StreamInference.Broker.State;

/// <summary>The bytes by which the journal knows its kinds of entry; a number once used keeps its meaning.</summary>
internal static class EntryKinds
{
    private const sbyte Topic = 1;
    private const sbyte ProducerIds = 2;
    private const sbyte Transaction = 3;
    private const sbyte Offsets = 4;
    private const sbyte Group = 5;

    public static sbyte Of(IMessage entry) => entry switch
    {
        TopicEntry => Topic,
        ProducerIdsEntry => ProducerIds,
        TransactionEntry => Transaction,
        OffsetsEntry => Offsets,
        GroupEntry => Group,
        _ => throw new ArgumentException($"{entry.GetType().Name} is no entry of the journal", nameof(entry)),
    };

    public static IMessage Create(byte kind) => (sbyte)kind switch
    {
        Topic => new TopicEntry(),
        ProducerIds => new ProducerIdsEntry(),
        Transaction => new TransactionEntry(),
        Offsets => new OffsetsEntry(),
        Group => new GroupEntry(),
        _ => throw new InvalidDataException($"the journal has an entry of kind {kind}, which this version does not know"),
    };
}
