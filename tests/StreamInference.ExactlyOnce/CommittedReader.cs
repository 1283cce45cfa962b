using System.Text;
using Confluent.Kafka;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce;

/// <summary>An independent reader: everything a <c>read_committed</c> consumer sees of some topics, gathered while the workers die.</summary>
internal sealed class CommittedReader : IDisposable
{
    private readonly IConsumer<byte[]?, byte[]?> _consumer;

    /// <param name="cluster">The cluster.</param>
    /// <param name="group">A name for the client; nothing joins.</param>
    /// <param name="topics">The topics, with all their partitions: a member of a group would read again what it read when its broker comes back.</param>
    public CommittedReader(KafkaCluster cluster, string group, params string[] topics)
    {
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
        {
            BootstrapServers = cluster.BootstrapServers,
            GroupId = group,
            IsolationLevel = IsolationLevel.ReadCommitted,
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            FetchWaitMaxMs = 50,
        }).SetKeyDeserializer(Deserializers.ByteArray).SetValueDeserializer(Deserializers.ByteArray)
            .SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        using IAdminClient admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
        _consumer.Assign(topics.SelectMany(topic => admin.GetMetadata(topic, TimeSpan.FromSeconds(30)).Topics[0].Partitions
            .Select(partition => new TopicPartitionOffset(topic, partition.PartitionId, Offset.Beginning))));
    }

    /// <summary>The next record; null when none came for a moment.</summary>
    public ConsumeResult<byte[]?, byte[]?>? Next()
    {
        try
        {
            return _consumer.Consume(TimeSpan.FromMilliseconds(100));
        }
        catch (ConsumeException failure) when (!failure.Error.IsFatal)
        {
            // A broker that is away; the position stays.
            return null;
        }
    }

    /// <summary>The input record that a result answers: topic/partition/offset.</summary>
    public static string SourceOf(ConsumeResult<byte[]?, byte[]?> record) =>
        Encoding.UTF8.GetString(record.Message.Headers.GetLastBytes("si-source"));

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }
}
