using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.Handlers;

/// <summary>DescribeLogDirs 0-4: one directory (named <c>memory</c> where there is none) with the sizes of the logs.</summary>
internal sealed class DescribeLogDirsHandler(BrokerState state) : RequestHandler<DescribeLogDirsRequest, DescribeLogDirsResponse>(0, 4)
{
    protected override void Handle(Call call, DescribeLogDirsRequest request)
    {
        var topics = request.Topics is null
            ? state.Topics.All.Select(static topic => Describe(topic, _ => true))
            : request.Topics.Where(each => state.Topics.Find(each.Topic) is not null)
                .Select(each => Describe(state.Topics.Find(each.Topic)!, each.Partitions.Contains));
        call.Complete(new DescribeLogDirsResponse { Results = [new() { LogDir = state.Options.LogDirectory ?? "memory", Topics = [.. topics] }] });
    }

    protected override DescribeLogDirsResponse Fail(DescribeLogDirsRequest request, ErrorCode error) => new() { ErrorCode = error };

    private static TopicPartitions<DescribeLogDirsResponse.PartitionEntry> Describe(Topic topic, Func<int, bool> wanted) => new()
    {
        Name = topic.Name,
        Partitions = [.. topic.Partitions.Where(partition => wanted(partition.Index)).Select(static partition => new DescribeLogDirsResponse.PartitionEntry
        {
            PartitionIndex = partition.Index,
            PartitionSize = partition.Log.Size,
        })],
    };
}
