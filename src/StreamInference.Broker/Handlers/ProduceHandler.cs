using System.Runtime.InteropServices;
using StreamInference.Broker.Logs;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// Produce 3-11; 0-2 are advertised, because old librdkafka derives its features from them, and answered with
/// UNSUPPORTED_VERSION. Checks the batch, the producer's epoch and sequence and, for a transactional batch, that the
/// partition is part of the open transaction; then stores the batch as it is. A resent batch is answered with the offset
/// it has. acks=0 is not answered. Skipped: LogAppendTime, errors for single records.
/// </summary>
internal sealed class ProduceHandler(BrokerState state) : RequestHandler<ProduceRequest, ProduceResponse>(0, 11)
{
    public override short LowestServed => 3;

    protected override void Handle(Call call, ProduceRequest request)
    {
        if (request.Acks is < -1 or > 1)
        {
            call.Complete(Fail(request, ErrorCode.InvalidRequiredAcks));
            return;
        }
        var response = new ProduceResponse { Responses = new(request.TopicData.Count) };
        foreach (var topic in request.TopicData)
        {
            var answers = new List<ProduceResponse.PartitionEntry>(topic.PartitionData.Count);
            foreach (var data in topic.PartitionData) answers.Add(Append(topic.Name, data));
            response.Responses.Add(new() { Name = topic.Name, PartitionResponses = answers });
        }
        if (request.Acks == 0) call.CompleteSilently();
        else call.Complete(response);
        foreach (var topic in request.TopicData)
        {
            foreach (var data in topic.PartitionData) state.Topics.Find(topic.Name, data.Index)?.WakeWaiters();
        }
    }

    protected override ProduceResponse Fail(ProduceRequest request, ErrorCode error) => new()
    {
        Responses = [.. request.TopicData.Select(topic => new ProduceResponse.TopicEntry
        {
            Name = topic.Name,
            PartitionResponses = [.. topic.PartitionData.Select(data => Failed(data.Index, error))],
        })],
    };

    private ProduceResponse.PartitionEntry Append(string topic, ProduceRequest.PartitionEntry data)
    {
        if (state.Topics.Find(topic, data.Index) is not { } partition) return Failed(data.Index, ErrorCode.UnknownTopicOrPartition);
        var batch = BytesOf(data.Records);
        var error = BatchChecks.Check(batch, partition.Log.Options.MaxMessageBytes);
        if (error != ErrorCode.None) return Failed(data.Index, error);
        var (refusal, offset) = CheckProducer(partition, batch);
        if (refusal is not (ErrorCode.None or ErrorCode.DuplicateSequenceNumber)) return Failed(data.Index, refusal);
        if (refusal == ErrorCode.None) offset = partition.Log.Append(batch, state.Now);
        return new() { Index = data.Index, BaseOffset = offset, LogStartOffset = partition.Log.StartOffset };
    }

    private (ErrorCode Error, long Offset) CheckProducer(Partition partition, ReadOnlySpan<byte> batch)
    {
        var header = new BatchHeader(batch);
        if (!header.HasProducer) return (ErrorCode.None, -1);
        if (header.IsTransactional && state.Transactions.CheckProduce(header.ProducerId, header.ProducerEpoch, partition.Key) is var error and not ErrorCode.None)
            return (error, -1);
        return partition.Log.Producers.Check(header);
    }

    private static ProduceResponse.PartitionEntry Failed(int partition, ErrorCode error) =>
        new() { Index = partition, ErrorCode = error, BaseOffset = -1 };

    /// <summary>The frame belongs to the request, so the batch may be given its offset in place.</summary>
    private static Span<byte> BytesOf(RecordData records) => MemoryMarshal.AsMemory(records.First).Span;
}
