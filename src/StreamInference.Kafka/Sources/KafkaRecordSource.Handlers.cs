using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamInference.Kafka.Native;
using StreamInference.Progress;
using StreamInference.Records;
using StreamInference.Sources;
using StreamInference.States;

namespace StreamInference.Kafka.Sources;

/// <summary>What Confluent.Kafka calls inside a poll. None of it throws: an exception out of a handler makes the client unassign everything.</summary>
public sealed partial class KafkaRecordSource
{
    private void OnAssigned(IConsumer<Ignore, Ignore> consumer, List<TopicPartition> partitions)
    {
        _coverage?.NoteRebalance();
        if (TakesNone(partitions)) return;
        BeginStays(_partitions.Add(partitions));
    }

    /// <summary>
    /// The cooperative protocol also reports rounds without a change. And a close serves an assignment that came before it, whose committed offset the
    /// client no longer tells.
    /// </summary>
    private bool TakesNone(List<TopicPartition> partitions) => _closed || partitions.Count == 0;

    private void BeginStays(IReadOnlyList<PartitionAssignment> added)
    {
        LogAssigned(added.Count, added);
        _assignedWhilePaused = true;
        Tell(() => _listener!.OnAssigned(added));
    }

    /// <summary>
    /// Assigned, where progress or states are kept or the source is bounded: (1) the committed offset, waited for until no transaction can move it, (2) the end of the
    /// progress and the states, (3) both up to their ends, (4) reading starts at that offset, so that no second look can find another one.
    /// </summary>
    private IEnumerable<TopicPartitionOffset> OnAssignedAtCommitted(IConsumer<Ignore, Ignore> consumer, List<TopicPartition> partitions)
    {
        _coverage?.NoteRebalance();
        if (TakesNone(partitions)) return [];
        List<TopicPartitionOffset> positions = [];
        List<PartitionAssignment> added = [];
        foreach (TopicPartition partition in partitions)
        {
            Offset committed = Offset.Unset;
            RestoredProgress? restored = _options.Progress is null ? null : RestoredProgress.Empty;
            KeyedState states = new();
            // Each partition may wait for minutes where the cluster does not answer, and the next poll throws in any case: the others do not wait too.
            if (_failure is null) Tell(() =>
            {
                (committed, restored) = StartOf(consumer, partition);
                if (_options.State is { } kept) states = kept.Restore(partition.Partition.Value, committed.IsSpecial ? -1 : committed.Value);
            });
            positions.Add(new TopicPartitionOffset(partition, committed));
            added.Add(new PartitionAssignment(partition.Topic, partition.Partition.Value) { Restored = restored, KeyedState = states });
        }

        BeginStays(_partitions.Add(added));
        if (_options.Bounds is not null) BoundStays(added, positions);
        return positions;
    }

    private (Offset Start, RestoredProgress? Restored) StartOf(IConsumer<Ignore, Ignore> consumer, TopicPartition partition)
    {
        if (_options.Progress is not { } progress) return (StartOf(partition, StableCommitted(consumer, partition)), null);
        int number = partition.Partition.Value;
        long? early = _options.Rules.EndAfterCommittedOffset ? null : progress.FindEnd(number);
        Offset start = StartOf(partition, StableCommitted(consumer, partition));
        long end = early ?? progress.FindEnd(number);
        return (start, progress.Restore(number, start.IsSpecial ? -1 : start.Value, end));
    }

    private Offset StableCommitted(IConsumer<Ignore, Ignore> consumer, TopicPartition partition)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return consumer.Committed([partition], TimeSpan.FromSeconds(5))[0].Offset;
            }
            catch (KafkaException failure) when (!failure.Error.IsFatal && Stopwatch.GetElapsedTime(started) < _options.CommittedLimit)
            {
                // Behind an open transaction the call times out without a flag; it ends with the transaction.
            }
        }
    }

    private void OnRevoked(IConsumer<Ignore, Ignore> consumer, List<TopicPartitionOffset> partitions) =>
        EndStays(partitions, (listener, assignments) => listener.OnRevoked(assignments), LogRevoked);

    private void OnLost(IConsumer<Ignore, Ignore> consumer, List<TopicPartitionOffset> partitions) =>
        EndStays(partitions, (listener, assignments) => listener.OnLost(assignments), LogLost);

    private void EndStays(List<TopicPartitionOffset> partitions, Action<IPartitionListener, IReadOnlyList<PartitionAssignment>> tell, Action<int, IReadOnlyList<PartitionAssignment>> log)
    {
        // After a dispose there is nobody left to tell.
        if (_disposed || partitions.Count == 0) return;
        List<TopicPartition> leaving = partitions.ConvertAll(partition => partition.TopicPartition);
        IReadOnlyList<PartitionAssignment> ended = _partitions.Find(leaving);
        log(ended.Count, ended);
        End(ended, tell);
        // librdkafka keeps an application's pause over the stay: the partition would come back paused.
        if (_clientPaused || _options.Bounds is not null) ResumeAll(leaving);
    }

    private void End(IReadOnlyList<PartitionAssignment> ended, Action<IPartitionListener, IReadOnlyList<PartitionAssignment>> tell)
    {
        if (ended.Count == 0) return;
        Tell(() => tell(_listener!, ended));
        _partitions.Remove(ended);
    }

    private void Tell(Action call)
    {
        try
        {
            call();
        }
#pragma warning disable CA1031 // whatever the listener threw is thrown again by Poll, outside the client's callback
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _failure ??= exception as SourceFailedException ?? new SourceFailedException("A partition listener failed: " + exception.Message, isRecoverable: true, exception);
        }
    }

    private void OnError(IConsumer<Ignore, Ignore> consumer, Error error)
    {
        int code = error.IsFatal ? KafkaErrorCode.Fatal : (int)error.Code;
        Note(code, error.IsFatal ? ConsumerErrorKind.Recoverable : ConsumerErrorKind.Transient, error.Reason);
    }

    private void OnLog(IConsumer<Ignore, Ignore> consumer, LogMessage message) => ClientLog.Write(_logger, message.Level, message.Facility, message.Message);

    [LoggerMessage(Level = LogLevel.Information, Message = "Assigned {Count} partitions: {Partitions}")]
    private partial void LogAssigned(int count, IReadOnlyList<PartitionAssignment> partitions);

    [LoggerMessage(Level = LogLevel.Information, Message = "Revoked {Count} partitions: {Partitions}")]
    private partial void LogRevoked(int count, IReadOnlyList<PartitionAssignment> partitions);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lost {Count} partitions: {Partitions}")]
    private partial void LogLost(int count, IReadOnlyList<PartitionAssignment> partitions);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Consumer error {Code}: {Text}")]
    private partial void LogTransientError(int code, string text);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pause or resume was refused: {Reason}")]
    private partial void LogPauseFailed(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The consumer did not leave its group in order: {Reason}")]
    private partial void LogCloseFailed(string reason);
}
