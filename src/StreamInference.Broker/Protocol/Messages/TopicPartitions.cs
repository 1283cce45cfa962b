namespace StreamInference.Broker.Protocol.Messages;

/// <summary>What most messages say of partitions: a topic by its name, and an entry for each of its partitions.</summary>
internal sealed class TopicPartitions<TPartition> : IMessage
    where TPartition : class, IMessage, new()
{
    public string Name = "";
    public List<TPartition> Partitions = [];

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref Name);
        wire.Array(ref Partitions, version);
        wire.Tags();
    }
}
