using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamInference.Kafka.Settings;
using StreamInference.Sources;

namespace StreamInference.Kafka.Clients;

/// <summary>
/// Reads partitions of a compacted topic (progress, states, tables), each up to an end that was found before.
/// </summary>
/// <remarks>
/// The end to read to is taken under <c>read_uncommitted</c>: commit markers reach partitions one after the other, so under
/// <c>read_committed</c> an end can lie before what is already committed elsewhere (Kafka Streams does the same). The order (committed offset
/// first, then this end) is the caller's. One thread at a time.
/// </remarks>
internal sealed class CompactedTopicReader : IDisposable
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(5);

    private readonly string _topic;
    private readonly TimeSpan _limit;
    private readonly IAdminClient _admin;
    private readonly IConsumer<byte[]?, byte[]?> _reader;

    /// <summary>Makes the clients.</summary>
    /// <param name="settings">Client properties.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="limit">How long one call may take: more than a transaction may stay open. Null: a minute.</param>
    public CompactedTopicReader(KafkaSettings settings, string topic, TimeSpan? limit)
    {
        _topic = topic;
        _limit = limit ?? TimeSpan.FromSeconds(60);
        _admin = new AdminClientBuilder(settings.ForAdmin()).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        Dictionary<string, string> reader = new(settings.ForConsumer([]))
        {
            // assign() alone: the group is needed by the client, never joined.
            ["group.id"] = topic + ".reader",
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

    /// <summary>The end of a partition, behind open transactions too unless <paramref name="isolation"/> says otherwise.</summary>
    /// <exception cref="SourceFailedException">It is not told in time, or there is no such partition.</exception>
    public long FindEnd(int partition, IsolationLevel isolation = IsolationLevel.ReadUncommitted)
    {
        long started = Stopwatch.GetTimestamp();
        TopicPartition wanted = new(_topic, partition);
        while (true)
        {
            try
            {
                ListOffsetsResult result = _admin.ListOffsetsAsync(
                    [new TopicPartitionOffsetSpec { TopicPartition = wanted, OffsetSpec = OffsetSpec.Latest() }],
                    new ListOffsetsOptions { IsolationLevel = isolation, RequestTimeout = CallLimit }).GetAwaiter().GetResult();
                return result.ResultInfos[0].TopicPartitionOffsetError.Offset.Value;
            }
            catch (KafkaException failure)
            {
                // After a change of leaders the client asks with the old epoch until its metadata is fetched again.
                Metadata metadata = Attempt(() => _admin.GetMetadata(_topic, CallLimit), started, failure.Error.Reason);
                if (metadata.Topics[0].Error.Code == ErrorCode.UnknownTopicOrPart) throw new SourceFailedException($"The topic {_topic} does not exist.", isRecoverable: false);
                if (metadata.Topics[0].Partitions.Count is > 0 and var count && count <= wanted.Partition)
                    throw new SourceFailedException($"The topic {_topic} does not have partition {wanted.Partition.Value}: it needs as many as the input.", isRecoverable: false);
                Check(started, failure.Error.Reason);
            }
        }
    }

    /// <summary>Reads what is committed of a partition from its start up to <paramref name="end"/>.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="end">Where to end.</param>
    /// <param name="fold">Gets each record, in order.</param>
    /// <exception cref="SourceFailedException">It cannot be read in time.</exception>
    public void Read(int partition, long end, Action<ConsumeResult<byte[]?, byte[]?>> fold)
    {
        if (end <= 0) return;
        long started = Stopwatch.GetTimestamp();
        _reader.Assign(new TopicPartitionOffset(_topic, partition, Offset.Beginning));
        try
        {
            while (true)
            {
                Check(started, $"it stands before {end}, behind an open transaction (kafka-transactions.sh find-hanging tells of one that nobody will end)");
                ConsumeResult<byte[]?, byte[]?>? read = Consume(started);
                if (read is null) continue;
                // Aborted records and markers are not delivered, but the end event counts them.
                if (read.IsPartitionEOF)
                {
                    if (read.Offset >= end) return;
                    continue;
                }

                fold(read);
                if (read.Offset + 1 >= end) return;
            }
        }
        finally
        {
            _reader.Unassign();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _admin.Dispose();
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
        throw new SourceFailedException($"{_topic} could not be read within {_limit.TotalSeconds} s: {why}.", isRecoverable: true);
    }
}
