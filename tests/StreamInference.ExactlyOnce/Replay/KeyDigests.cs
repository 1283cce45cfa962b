using System.Security.Cryptography;
using System.Text;
using Confluent.Kafka;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.Replay;

/// <summary>What two runs must have in common: for each key the bytes of its results in their order and of its dead letters in theirs, and for each input record one answer.</summary>
internal sealed class KeyDigests
{
    private readonly Dictionary<string, IncrementalHash> _hashes = [];
    private readonly HashSet<string> _sources = [];

    /// <summary>Input records that have an answer.</summary>
    public int Count => _sources.Count;

    /// <summary>Those records, as <c>si-source</c> names them.</summary>
    public IReadOnlyCollection<string> Sources => _sources;

    /// <summary>Answers beyond the first of an input record.</summary>
    public int Repeated { get; private set; }

    /// <summary>Reads the results and dead letters of a job to their ends.</summary>
    public static KeyDigests Read(KafkaCluster cluster, string group, string output)
    {
        KeyDigests digests = new();
        using IConsumer<byte[]?, byte[]?> reader = new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
        {
            BootstrapServers = cluster.BootstrapServers,
            GroupId = group,
            IsolationLevel = IsolationLevel.ReadCommitted,
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        }).SetKeyDeserializer(Deserializers.ByteArray).SetValueDeserializer(Deserializers.ByteArray).SetLogHandler((_, _) => { }).Build();
        using IAdminClient admin = new DependentAdminClientBuilder(reader.Handle).Build();
        HashSet<TopicPartition> open = [.. from topic in new[] { output, output + ".dlq" }
                                           from partition in admin.GetMetadata(topic, TimeSpan.FromSeconds(15)).Topics[0].Partitions
                                           select new TopicPartition(topic, partition.PartitionId)];
        reader.Assign(open.Select(partition => new TopicPartitionOffset(partition, Offset.Beginning)));
        while (open.Count > 0)
        {
            if (reader.Consume(TimeSpan.FromSeconds(1)) is not { } read) continue;
            if (read.IsPartitionEOF) open.Remove(read.TopicPartition);
            else digests.Add(read, isDeadLetter: read.Topic != output);
        }

        return digests;
    }

    /// <summary>The keys whose bytes differ.</summary>
    public IReadOnlyList<string> Differences(KeyDigests other) =>
        [.. _hashes.Keys.Union(other._hashes.Keys).Where(key => DigestOf(key) != other.DigestOf(key)).Order()];

    private string? DigestOf(string key) => _hashes.TryGetValue(key, out IncrementalHash? hash) ? Convert.ToHexString(hash.GetCurrentHash()) : null;

    private void Add(ConsumeResult<byte[]?, byte[]?> record, bool isDeadLetter)
    {
        if (!_sources.Add(CommittedReader.SourceOf(record))) Repeated++;
        string key = (isDeadLetter ? "dead letters of " : "") + Encoding.UTF8.GetString(record.Message.Key ?? []);
        if (!_hashes.TryGetValue(key, out IncrementalHash? hash)) _hashes.Add(key, hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256));
        hash.AppendData(record.Message.Value ?? []);
        hash.AppendData(BitConverter.GetBytes(record.Message.Timestamp.UnixTimestampMs));
        foreach (IHeader header in record.Message.Headers)
        {
            // The one header that names the job.
            if (header.Key == "si-pipeline") continue;
            hash.AppendData(Encoding.UTF8.GetBytes(header.Key));
            hash.AppendData(header.GetValueBytes() ?? []);
        }
    }
}
