using System.Text;
using Confluent.Kafka;
using StreamInference.Kafka.Settings;
using StreamInference.Sources;

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
    private readonly CompactedTopicReader _reader;

    /// <summary>Makes the clients.</summary>
    /// <param name="settings">Client properties.</param>
    /// <param name="topic">The topic; it exists.</param>
    public CompactedTable(KafkaSettings settings, string topic)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _partition = new TopicPartition(topic, 0);
        _reader = new CompactedTopicReader(settings, topic, Limit);
    }

    /// <summary>Reads the whole table as it is now.</summary>
    /// <exception cref="KafkaUnavailableException">The topic cannot be read.</exception>
    public IReadOnlyDictionary<string, byte[]> Read()
    {
        Dictionary<string, byte[]> table = [];
        try
        {
            _reader.Read(_partition.Partition.Value, _reader.FindEnd(_partition.Partition.Value), read => Fold(table, read.Message));
            return table;
        }
        catch (SourceFailedException failure)
        {
            throw new KafkaUnavailableException(failure.Message, failure);
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
    public void Dispose() => _reader.Dispose();

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

    private static void Fold(Dictionary<string, byte[]> table, Message<byte[]?, byte[]?> message)
    {
        if (message.Key is null) return;
        string key = Encoding.UTF8.GetString(message.Key);
        if (message.Value is null) table.Remove(key);
        else table[key] = message.Value;
    }
}
