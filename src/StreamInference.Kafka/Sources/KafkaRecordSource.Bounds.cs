using System.Diagnostics;
using Confluent.Kafka;
using StreamInference.Records;
using StreamInference.Sources;

namespace StreamInference.Kafka.Sources;

/// <summary>What a bounded source knows of its ends. Worker loop only.</summary>
/// <remarks>
/// A partition ends at the first sight of an offset that is not below its bound: of a record, or of the partition's end, which librdkafka tells at the
/// position of its fetches. So compaction, transaction markers and aborted records at the end of a bound, which are never delivered, do not keep it open.
/// </remarks>
public sealed partial class KafkaRecordSource
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LookLimit = TimeSpan.FromMilliseconds(500);

    private readonly List<PartitionAssignment> _toPause = [];
    private long _lookedAt;
    private bool _isJobCommitted;

    private Offset StartOf(TopicPartition partition, Offset committed)
    {
        if (_options.Bounds is not { } bounds || !committed.IsSpecial) return committed;
        return bounds.TryGetValue(partition.Partition.Value, out OffsetRange range) ? range.From : 0;
    }

    private void BoundStays(List<PartitionAssignment> added, List<TopicPartitionOffset> positions)
    {
        for (int i = 0; i < added.Count; i++)
        {
            PartitionTable.Stay stay = _partitions.Of(added[i]);
            stay.To = _options.Bounds!.TryGetValue(added[i].Partition, out OffsetRange range) ? range.To : 0;
            stay.Position = positions[i].Offset.Value;
            if (stay.Position >= stay.To) End(stay);
        }
    }

    /// <summary>Whether a record is handed on; one behind the bound ends its partition.</summary>
    private bool IsWanted(PartitionTable.Stay stay, long offset)
    {
        if (stay.IsEnded) return false;
        // Where offsets are gone the client may start again below what it has delivered (a topic made anew).
        if (offset < stay.To) return offset >= stay.Position;
        End(stay);
        return false;
    }

    private void NoteEnd(PartitionTable.Stay stay, long position)
    {
        if (_options.Bounds is null || stay.IsEnded) return;
        if (position >= stay.To) End(stay);
        else if (EndOf(stay.Assignment) is { } end && end < stay.To)
            _failure ??= new SourceFailedException($"{stay.Assignment} ends at {end}, before the bound {stay.To}: the topic was truncated or made anew.", isRecoverable: false);
    }

    private void End(PartitionTable.Stay stay)
    {
        stay.IsEnded = true;
        _toPause.Add(stay.Assignment);
        long nextOffset = Math.Max(stay.To, stay.Position);
        Tell(() => _listener!.OnEnded(stay.Assignment, nextOffset));
    }

    /// <summary>Stops fetching what has ended, and sees whether the whole job has.</summary>
    private void TendBounds()
    {
        if (_toPause.Count > 0)
        {
            List<TopicPartition> ended = [.. _toPause.Where(assignment => assignment.IsActive).Select(assignment => new TopicPartition(assignment.Topic, assignment.Partition))];
            _toPause.Clear();
            if (ended.Count > 0) Attempt(() => _consumer.Pause(ended));
        }

        if (_isJobCommitted) return;
        // A partition that goes away may be another member's to finish: nothing is remembered but what is committed.
        IsExhausted = _partitions.AreAllEnded && (OwnsEveryBound() || (Stopwatch.GetElapsedTime(_lookedAt) >= LookInterval && IsCommitted()));
    }

    private bool OwnsEveryBound()
    {
        HashSet<int> own = [.. _partitions.Ended.Select(stay => stay.Assignment.Partition)];
        return _options.Bounds!.Keys.All(own.Contains);
    }

    /// <summary>Whether the group has committed every bound: the members that own the other partitions are done too.</summary>
    private bool IsCommitted()
    {
        _lookedAt = Stopwatch.GetTimestamp();
        try
        {
            string topic = _options.Topics[0];
            _isJobCommitted = _consumer.Committed(_options.Bounds!.Keys.Select(partition => new TopicPartition(topic, partition)), LookLimit)
                .TrueForAll(committed => _options.Bounds[committed.Partition.Value] is { Length: 0 } || committed.Offset.Value >= _options.Bounds[committed.Partition.Value].To);
            return _isJobCommitted;
        }
        catch (KafkaException)
        {
            // Behind another member's open transaction; the next look tells.
            return false;
        }
    }

    private long? EndOf(PartitionAssignment assignment)
    {
        try
        {
            return _consumer.QueryWatermarkOffsets(new TopicPartition(assignment.Topic, assignment.Partition), LookLimit).High.Value;
        }
        catch (KafkaException)
        {
            return null;
        }
    }
}
