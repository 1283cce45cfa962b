using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using StreamInference.Kafka.Settings;
using StreamInference.Progress;
using StreamInference.Sources;

namespace StreamInference.Kafka.Progress;

/// <summary>
/// Reads the progress topic of an input topic: compacted, the same number of partitions, written in the transactions of the results.
/// </summary>
/// <remarks>
/// The end to read to is taken under <c>read_uncommitted</c>: commit markers reach partitions one after the other, so under
/// <c>read_committed</c> an end can lie before what is already committed elsewhere (Kafka Streams does the same). The order (committed offset
/// first, then this end) is the caller's. Worker loop only.
/// </remarks>
public sealed partial class KafkaProgressStore : IProgressStore
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(5);

    private readonly string _topic;
    private readonly TimeSpan _limit;
    private readonly ILogger _logger;
    private readonly IAdminClient _admin;
    private readonly IConsumer<byte[]?, byte[]?> _reader;

    /// <summary>Makes the clients.</summary>
    /// <param name="settings">Client properties.</param>
    /// <param name="topic">The progress topic.</param>
    /// <param name="logger">Where slow restores are told.</param>
    /// <param name="limit">How long one restore may take: more than a transaction may stay open.</param>
    public KafkaProgressStore(KafkaSettings settings, string topic, ILogger<KafkaProgressStore> logger, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _topic = topic;
        _limit = limit ?? TimeSpan.FromSeconds(60);
        _logger = logger;
        _admin = new AdminClientBuilder(settings.ForAdmin()).SetLogHandler((_, _) => { }).Build();
        Dictionary<string, string> reader = new(settings.ForConsumer([]))
        {
            // assign() alone: the group is needed by the client, never joined.
            ["group.id"] = topic + ".restore",
            ["enable.auto.commit"] = "false",
            ["isolation.level"] = "read_committed",
            ["enable.partition.eof"] = "true",
            ["auto.offset.reset"] = "earliest",
            ["fetch.wait.max.ms"] = "20",
            ["fetch.queue.backoff.ms"] = "5",
        };
        reader.Remove("group.instance.id");
        _reader = new ConsumerBuilder<byte[]?, byte[]?>(reader)
            .SetKeyDeserializer(Deserializers.ByteArray).SetValueDeserializer(Deserializers.ByteArray)
            .SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    /// <summary>The rules to keep; all of them, but for tests.</summary>
    internal ProtocolRules Rules { get; init; } = ProtocolRules.All;

    /// <inheritdoc/>
    public long FindEnd(int partition)
    {
        long started = Stopwatch.GetTimestamp();
        TopicPartition progress = new(_topic, partition);
        IsolationLevel isolation = Rules.EndBehindOpenTransactions ? IsolationLevel.ReadUncommitted : IsolationLevel.ReadCommitted;
        while (true)
        {
            try
            {
                ListOffsetsResult result = _admin.ListOffsetsAsync(
                    [new TopicPartitionOffsetSpec { TopicPartition = progress, OffsetSpec = OffsetSpec.Latest() }],
                    new ListOffsetsOptions { IsolationLevel = isolation, RequestTimeout = CallLimit }).GetAwaiter().GetResult();
                return result.ResultInfos[0].TopicPartitionOffsetError.Offset.Value;
            }
            catch (KafkaException failure)
            {
                // After a change of leaders the client asks with the old epoch until its metadata is fetched again.
                Metadata metadata = Attempt(() => _admin.GetMetadata(_topic, CallLimit), started, failure.Error.Reason);
                if (metadata.Topics[0].Error.Code == ErrorCode.UnknownTopicOrPart || metadata.Topics[0].Partitions.Count is > 0 and var count && count <= progress.Partition)
                    throw new SourceFailedException($"The progress topic {_topic} does not have partition {progress.Partition.Value}: it needs as many as the input.", isRecoverable: false);
                Check(started, failure.Error.Reason);
            }
        }
    }

    /// <inheritdoc/>
    public RestoredProgress Restore(int partition, long committedOffset, long end)
    {
        long started = Stopwatch.GetTimestamp();
        Dictionary<long, Dictionary<int, byte[]>> requests = [];
        if (end > 0) Read(new TopicPartition(_topic, partition), end, committedOffset, requests, started);
        double milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        LogRestored(_topic, partition, requests.Count, end, milliseconds);
        return new RestoredProgress(requests.Select(request => new RequestProgress(
            request.Key, request.Value, request.Value.Values.Any(value => ProgressState.IsDone(value)))));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _admin.Dispose();
    }

    private void Read(TopicPartition progress, long end, long committedOffset, Dictionary<long, Dictionary<int, byte[]>> requests, long started)
    {
        _reader.Assign(new TopicPartitionOffset(progress, Offset.Beginning));
        try
        {
            while (true)
            {
                Check(started, $"it stands before {end}, probably behind an open transaction");
                ConsumeResult<byte[]?, byte[]?>? read = Consume(started);
                if (read is null) continue;
                // Aborted records and markers are not delivered, but the end event counts them.
                if (read.IsPartitionEOF)
                {
                    if (read.Offset >= end) return;
                    continue;
                }

                Fold(read, committedOffset, requests);
                if (read.Offset + 1 >= end) return;
            }
        }
        finally
        {
            _reader.Unassign();
        }
    }

    private static void Fold(ConsumeResult<byte[]?, byte[]?> read, long committedOffset, Dictionary<long, Dictionary<int, byte[]>> requests)
    {
        if (!ProgressKey.TryRead(read.Message.Key, out long offset, out int slot) || offset < committedOffset) return;
        if (read.Message.Value is { } value)
        {
            if (!requests.TryGetValue(offset, out Dictionary<int, byte[]>? slots)) requests[offset] = slots = [];
            slots[slot] = value;
            return;
        }

        if (!requests.TryGetValue(offset, out Dictionary<int, byte[]>? left)) return;
        left.Remove(slot);
        if (left.Count == 0) requests.Remove(offset);
    }

    private ConsumeResult<byte[]?, byte[]?>? Consume(long started)
    {
        try
        {
            return _reader.Consume(TimeSpan.FromMilliseconds(100));
        }
        catch (ConsumeException failure) when (!failure.Error.IsFatal)
        {
            Check(started, failure.Error.Reason);
            return null;
        }
    }

    private T Attempt<T>(Func<T> call, long started, string why)
    {
        while (true)
        {
            Check(started, why);
            try
            {
                return call();
            }
            catch (KafkaException failure)
            {
                why = failure.Error.Reason;
            }
        }
    }

    private void Check(long started, string why)
    {
        if (Stopwatch.GetElapsedTime(started) < _limit) return;
        throw new SourceFailedException($"The progress in {_topic} could not be read within {_limit.TotalSeconds} s: {why}.", isRecoverable: true);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Topic}-{Partition}: {Count} requests restored from {End} offsets of progress in {Milliseconds} ms")]
    private partial void LogRestored(string topic, int partition, int count, long end, double milliseconds);
}
