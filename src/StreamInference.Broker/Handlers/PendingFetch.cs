using StreamInference.Broker.Logs;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Handlers;

/// <summary>A Fetch that is answered when there is enough, or when its time is up. Lives on the loop.</summary>
internal sealed class PendingFetch(BrokerState state, Call call, FetchRequest request) : IDataWaiter
{
    private const sbyte ReadCommitted = 1;

    private readonly List<Partition> _watched = [];
    private readonly List<AbortedTransaction> _aborted = [];
    private LoopTimer? _timeout;

    /// <summary>Answers if there is enough, or in any case if this is the last chance.</summary>
    public bool TryComplete(bool final)
    {
        if (call.IsEnded) return true;
        var (response, bytes, urgent) = Read();
        if (!final && !urgent && bytes < request.MinBytes)
        {
            response.Dispose();
            return false;
        }
        Unwatch();
        call.Complete(response);
        return true;
    }

    public void Wait()
    {
        foreach (var topic in request.Topics)
        {
            foreach (var wanted in topic.Partitions)
            {
                if (TopicOf(topic)?.Find(wanted.Partition) is not { } partition) continue;
                partition.AddWaiter(this);
                _watched.Add(partition);
            }
        }
        _timeout = state.Loop.Schedule(TimeSpan.FromMilliseconds(request.MaxWaitMs), () => TryComplete(final: true));
    }

    void IDataWaiter.OnChanged() => TryComplete(final: false);

    private void Unwatch()
    {
        _timeout?.Cancel();
        foreach (var partition in _watched) partition.RemoveWaiter(this);
        _watched.Clear();
    }

    private Topic? TopicOf(FetchRequest.TopicEntry topic) =>
        call.Version >= 13 ? state.Topics.Find(topic.TopicId) : state.Topics.Find(topic.Topic);

    /// <summary>Urgent: there is an error, which a client must not wait for.</summary>
    private (FetchResponse Response, int Bytes, bool Urgent) Read()
    {
        var response = new FetchResponse { Responses = new(request.Topics.Count) };
        var (bytes, urgent) = (0, false);
        foreach (var wanted in request.Topics)
        {
            var topic = TopicOf(wanted);
            var answers = new List<FetchResponse.PartitionEntry>(wanted.Partitions.Count);
            foreach (var partition in wanted.Partitions)
            {
                var answer = Read(topic, partition, request.MaxBytes - bytes, atLeastOne: bytes == 0, response.Buffers);
                bytes += answer.Records.Length;
                urgent |= answer.ErrorCode != ErrorCode.None;
                answers.Add(answer);
            }
            response.Responses.Add(new() { Topic = wanted.Topic, TopicId = wanted.TopicId, Partitions = answers });
        }
        return (response, bytes, urgent);
    }

    private FetchResponse.PartitionEntry Read(Topic? topic, FetchRequest.PartitionEntry wanted, int bytesLeft, bool atLeastOne, LeasedBuffers buffers)
    {
        var answer = new FetchResponse.PartitionEntry { PartitionIndex = wanted.Partition, HighWatermark = -1, AbortedTransactions = null };
        if (topic?.Find(wanted.Partition) is not { } partition)
        {
            answer.ErrorCode = topic is null && call.Version >= 13 ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
            return answer;
        }
        var log = partition.Log;
        answer.ErrorCode = LeaderEpochs.Check(wanted.CurrentLeaderEpoch);
        if (answer.ErrorCode == ErrorCode.None && (wanted.FetchOffset < log.StartOffset || wanted.FetchOffset > log.EndOffset))
            answer.ErrorCode = ErrorCode.OffsetOutOfRange;
        if (answer.ErrorCode != ErrorCode.None) return answer;
        answer.HighWatermark = log.EndOffset;
        answer.LastStableOffset = log.LastStableOffset;
        answer.LogStartOffset = log.StartOffset;
        ReadRecords(log, wanted, answer, bytesLeft, atLeastOne, buffers);
        return answer;
    }

    private void ReadRecords(PartitionLog log, FetchRequest.PartitionEntry wanted, FetchResponse.PartitionEntry answer, int bytesLeft, bool atLeastOne, LeasedBuffers buffers)
    {
        var committed = request.IsolationLevel == ReadCommitted;
        var upperBound = committed ? log.LastStableOffset : log.EndOffset;
        var limit = Math.Min(wanted.PartitionMaxBytes, Math.Max(0, bytesLeft));
        var slice = log.Read(wanted.FetchOffset, upperBound, limit, atLeastOne, buffers);
        answer.Records = slice.Records;
        if (!committed) return;
        _aborted.Clear();
        if (slice.Records.Length > 0) log.Producers.CollectAborted(wanted.FetchOffset, slice.NextOffset, _aborted);
        answer.AbortedTransactions = [.. _aborted.Select(static each => new FetchResponse.AbortedTransactionEntry
        {
            ProducerId = each.ProducerId,
            FirstOffset = each.FirstOffset,
        })];
    }
}
