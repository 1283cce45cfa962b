using Microsoft.Extensions.Logging;
using StreamInference.Broker.Logs;

namespace StreamInference.Broker.Topics;

/// <summary>Opens the logs of partitions: in memory, or in files under a folder as <c>topic-partition</c>.</summary>
internal sealed partial class LogFactory(string? directory, TimeProvider clock, ILogger log)
{
    public PartitionLog Open(Topic topic, int partition)
    {
        if (directory is null) return new PartitionLog(new MemorySegmentStore(), topic.Settings.Log);
        var store = new FileSegmentStore(Path.Combine(directory, NameOf(topic.Name, partition)));
        var opened = new PartitionLog(store, topic.Settings.Log, clock.GetUtcNow().ToUnixTimeMilliseconds());
        if (store.CutAt is var (path, position)) LogCut(path, position);
        return opened;
    }

    /// <summary>Deletes the folders of partitions that no topic has: a deletion that the end of the last run interrupted.</summary>
    public void DeleteOrphans(IEnumerable<Topic> topics)
    {
        if (directory is null || !Directory.Exists(directory)) return;
        var known = topics.SelectMany(static topic => topic.Partitions.Select(each => NameOf(topic.Name, each.Index))).ToHashSet();
        foreach (var folder in Directory.GetDirectories(directory))
        {
            if (!known.Contains(Path.GetFileName(folder))) Directory.Delete(folder, recursive: true);
        }
    }

    private static string NameOf(string topic, int partition) => $"{topic}-{partition}";

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} was cut at {Position}: what followed was no whole batch")]
    private partial void LogCut(string path, int position);
}
