using System.Diagnostics.CodeAnalysis;
using Confluent.Kafka;
using StreamInference.Kafka.Settings;

namespace StreamInference.Kafka.Clients;

/// <summary>
/// Reads topics outside any group: for people, verifiers and tests. Commits nothing and disturbs nobody. Called by one thread at a time.
/// </summary>
public sealed class TopicReader : IDisposable
{
    private static readonly KeyValuePair<string, string>[] Defaults =
    [
        // A consumer must name a group; one that assigns itself never joins it.
        new("group.id", "streaminfer-reader"), new("enable.auto.commit", "false"), new("enable.partition.eof", "true"), new("auto.offset.reset", "earliest"),
        new("fetch.wait.max.ms", "50"), new("fetch.queue.backoff.ms", "5"),
    ];

    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly HashSet<TopicPartition> _behind;
    private readonly HashSet<TopicPartition> _unended;

    /// <summary>Connects, finds the partitions and starts to read.</summary>
    /// <exception cref="KafkaUnavailableException">A topic does not exist, or the cluster does not answer in time.</exception>
    public TopicReader(KafkaSettings settings, TopicReaderOptions options)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(options);
        Dictionary<string, string> properties = settings.ForConsumer(Defaults);
        properties["isolation.level"] = options.ReadCommitted ? "read_committed" : "read_uncommitted";
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(properties).SetErrorHandler((_, error) => LastError = error.Reason).SetLogHandler((_, _) => { }).Build();
        try
        {
            TopicPartition[] partitions = [.. options.Topics.SelectMany(topic => Partitions(topic, options))];
            _behind = [.. partitions];
            _unended = [.. partitions];
            _consumer.Assign(Start(partitions, options));
        }
        catch (KafkaException exception)
        {
            _consumer.Dispose();
            throw new KafkaUnavailableException($"{settings.BootstrapServers}: {LastError ?? exception.Error.Reason}", exception);
        }
        catch
        {
            _consumer.Dispose();
            throw;
        }
    }

    /// <summary>The client's last complaint; null when there was none.</summary>
    public string? LastError { get; private set; }

    /// <summary>
    /// Whether every partition was read to its end at some moment since the last record of it: under read-committed, the end of what is stable.
    /// </summary>
    public bool IsAtEnd => _behind.Count == 0;

    /// <summary>Whether every partition was read to its end at some moment: what was there at the start has been read, however fast the topics grow.</summary>
    public bool HasReachedEnds => _unended.Count == 0;

    /// <summary>Waits up to <paramref name="wait"/> for a record.</summary>
    /// <returns>False when none came in time; ask again.</returns>
    /// <exception cref="KafkaUnavailableException">The client cannot go on (authorization, a deleted topic).</exception>
    public bool TryRead(TimeSpan wait, [NotNullWhen(true)] out TopicRecord? record)
    {
        record = null;
        try
        {
            ConsumeResult<byte[]?, byte[]?>? result = _consumer.Consume(wait);
            if (result is null) return false;
            if (result.IsPartitionEOF)
            {
                _behind.Remove(result.TopicPartition);
                _unended.Remove(result.TopicPartition);
                return false;
            }

            _behind.Add(result.TopicPartition);
            record = TopicRecord.Of(result);
            return true;
        }
        catch (ConsumeException exception)
        {
            throw new KafkaUnavailableException(exception.Error.Reason, exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    private IEnumerable<TopicPartition> Partitions(string topic, TopicReaderOptions options)
    {
        using IAdminClient admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
        TopicMetadata metadata = admin.GetMetadata(topic, options.ConnectLimit).Topics.Single();
        if (metadata.Error.IsError || metadata.Partitions.Count == 0) throw new KafkaUnavailableException($"Topic {topic}: {metadata.Error.Reason}");
        if (options.Partitions?.FirstOrDefault(wanted => metadata.Partitions.All(p => p.PartitionId != wanted), -1) is int missing and >= 0)
            throw new KafkaUnavailableException($"Topic {topic} has no partition {missing}; it has {metadata.Partitions.Count}.");
        return from partition in metadata.Partitions
               where options.Partitions is null || options.Partitions.Contains(partition.PartitionId)
               select new TopicPartition(topic, partition.PartitionId);
    }

    private IEnumerable<TopicPartitionOffset> Start(TopicPartition[] partitions, TopicReaderOptions options) => options.From switch
    {
        ReadFrom.Beginning => partitions.Select(p => new TopicPartitionOffset(p, Offset.Beginning)),
        ReadFrom.At at => partitions.Select(p => new TopicPartitionOffset(p, at.Offset)),
        ReadFrom.Last last => partitions.Select(p => new TopicPartitionOffset(p, Back(p, last.Records, options.ConnectLimit))),
        ReadFrom.Since since => Since(partitions, since.Timestamp, options.ConnectLimit),
        // Fixed now, not at the first fetch: what is produced after the constructor is read.
        _ => partitions.Select(p => new TopicPartitionOffset(p, _consumer.QueryWatermarkOffsets(p, options.ConnectLimit).High)),
    };

    private IEnumerable<TopicPartitionOffset> Since(TopicPartition[] partitions, DateTimeOffset time, TimeSpan limit)
    {
        // Where nothing is so late the answer is "the end", which the client would take at its first fetch; what comes until then is wanted too.
        Dictionary<TopicPartition, Offset> ends = partitions.ToDictionary(p => p, p => _consumer.QueryWatermarkOffsets(p, limit).High);
        return _consumer.OffsetsForTimes(partitions.Select(p => new TopicPartitionTimestamp(p, new Timestamp(time.UtcDateTime))), limit)
            .Select(found => found.Offset.IsSpecial ? new TopicPartitionOffset(found.TopicPartition, ends[found.TopicPartition]) : found);
    }

    private long Back(TopicPartition partition, long records, TimeSpan limit)
    {
        WatermarkOffsets ends = _consumer.QueryWatermarkOffsets(partition, limit);
        return Math.Max(ends.Low.Value, ends.High.Value - records);
    }
}

/// <summary>A cluster or a topic that cannot be used; the message says why.</summary>
public sealed class KafkaUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    public KafkaUnavailableException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
