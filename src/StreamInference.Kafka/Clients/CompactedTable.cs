using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamInference.Kafka.Settings;

namespace StreamInference.Kafka.Clients;

/// <summary>
/// A small table in a compacted topic of one partition: a key and its last value. A change is a comparison and a set: two that happen at once do not
/// both see the former value. Called by one thread at a time.
/// </summary>
/// <remarks>
/// Each key has a transactional id. Whoever changes it fences everybody who has begun to (KIP-98), reads the value that is then final, and writes the next
/// one in a transaction that fails where it was fenced in turn.
/// </remarks>
public sealed class CompactedTable : IDisposable
{
    private const int MostAttempts = 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly KafkaSettings _settings;
    private readonly TopicPartition _partition;
    private readonly IConsumer<byte[]?, byte[]?> _reader;
    private readonly IAdminClient _admin;

    /// <summary>Makes the clients.</summary>
    /// <param name="settings">Client properties.</param>
    /// <param name="topic">The topic; it exists.</param>
    public CompactedTable(KafkaSettings settings, string topic)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _partition = new TopicPartition(topic, 0);
        Dictionary<string, string> properties = settings.ForConsumer([]);
        // assign() alone: the group is needed by the client, never joined.
        properties["group.id"] = topic + ".reader";
        properties["enable.auto.commit"] = "false";
        properties["enable.partition.eof"] = "true";
        properties["isolation.level"] = "read_committed";
        properties["auto.offset.reset"] = "earliest";
        properties["fetch.wait.max.ms"] = "20";
        properties["fetch.queue.backoff.ms"] = "5";
        properties.Remove("group.instance.id");
        _reader = new ConsumerBuilder<byte[]?, byte[]?>(properties).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        _admin = new AdminClientBuilder(settings.ForAdmin()).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    /// <summary>Reads the whole table as it is now.</summary>
    /// <exception cref="KafkaUnavailableException">The topic cannot be read.</exception>
    public IReadOnlyDictionary<string, byte[]> Read()
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            return Read(EndAsync().GetAwaiter().GetResult(), started);
        }
        catch (KafkaException failure)
        {
            throw new KafkaUnavailableException($"Topic {_partition.Topic}: {failure.Error.Reason}", failure);
        }
    }

    /// <summary>Sets the value of a key to what <paramref name="change"/> makes of the present one.</summary>
    /// <param name="key">The key.</param>
    /// <param name="change">Gets the present value or null; returns the next value, or null to leave it. It may be called again when another change came between.</param>
    /// <returns>The value that is there now; null when there is none.</returns>
    /// <exception cref="KafkaUnavailableException">The topic cannot be written.</exception>
    public byte[]? Update(string key, Func<byte[]?, byte[]?> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return Attempt(key, change);
            }
            catch (KafkaException failure) when (attempt < MostAttempts && failure.Error.Code is ErrorCode.Local_Fenced or ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch)
            {
                // Whoever fenced this change made one of its own: look again.
                Thread.Sleep(Random.Shared.Next(10, 50));
            }
            catch (KafkaException failure)
            {
                throw new KafkaUnavailableException($"Topic {_partition.Topic}: {failure.Error.Reason}", failure);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _admin.Dispose();
    }

    private byte[]? Attempt(string key, Func<byte[]?, byte[]?> change)
    {
        Dictionary<string, string> properties = _settings.ForProducer([]);
        properties["transactional.id"] = $"{_partition.Topic}-{key}";
        properties.TryAdd("linger.ms", "0");
        using IProducer<byte[], byte[]> producer = new ProducerBuilder<byte[], byte[]>(properties).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        producer.InitTransactions(Limit);
        byte[]? present = Read().GetValueOrDefault(key);
        byte[]? next = change(present);
        if (next is null) return present;
        producer.BeginTransaction();
        producer.Produce(_partition, new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(key), Value = next });
        producer.CommitTransaction(Limit);
        return next;
    }

    private async Task<long> EndAsync()
    {
        // The last stable offset may lie before what is committed, behind another key's open transaction.
        ListOffsetsResult result = await _admin.ListOffsetsAsync(
            [new TopicPartitionOffsetSpec { TopicPartition = _partition, OffsetSpec = OffsetSpec.Latest() }],
            new ListOffsetsOptions { IsolationLevel = IsolationLevel.ReadUncommitted, RequestTimeout = Limit });
        return result.ResultInfos[0].TopicPartitionOffsetError.Offset.Value;
    }

    private Dictionary<string, byte[]> Read(long end, long started)
    {
        Dictionary<string, byte[]> table = [];
        if (end <= 0) return table;
        _reader.Assign(new TopicPartitionOffset(_partition, Offset.Beginning));
        try
        {
            while (Stopwatch.GetElapsedTime(started) < Limit)
            {
                ConsumeResult<byte[]?, byte[]?>? read = _reader.Consume(TimeSpan.FromMilliseconds(100));
                if (read is null) continue;
                if (!read.IsPartitionEOF) Fold(table, read.Message);
                if ((read.IsPartitionEOF ? read.Offset : read.Offset + 1) >= end) return table;
            }
        }
        finally
        {
            _reader.Unassign();
        }

        throw new KafkaUnavailableException($"Topic {_partition.Topic} could not be read to its end, {end}, within {Limit.TotalSeconds} s.");
    }

    private static void Fold(Dictionary<string, byte[]> table, Message<byte[]?, byte[]?> message)
    {
        if (message.Key is null) return;
        string key = Encoding.UTF8.GetString(message.Key);
        if (message.Value is null) table.Remove(key);
        else table[key] = message.Value;
    }
}
