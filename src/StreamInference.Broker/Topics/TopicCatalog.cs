using StreamInference.Broker.Logs;
using StreamInference.Broker.State;

namespace StreamInference.Broker.Topics;

/// <summary>All topics. Owned by the loop; every change goes to the journal.</summary>
internal sealed class TopicCatalog(StateJournal journal, LogFactory logs, LogOptions defaults) : IDisposable
{
    private const int MaxNameLength = 249;

    private readonly SortedDictionary<string, Topic> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, Topic> _byId = [];

    public LogOptions Defaults { get; } = defaults;

    public IReadOnlyCollection<Topic> All => _byName.Values;

    public Topic? Find(string name) => _byName.GetValueOrDefault(name);

    public Topic? Find(Guid id) => _byId.GetValueOrDefault(id);

    public Partition? Find(string topic, int partition) => Find(topic)?.Find(partition);

    public static bool IsValidName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name is not ("." or "..")
        && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <summary>Creates a topic whose name is valid and free.</summary>
    public Topic Create(string name, int partitions, TopicSettings settings)
    {
        var topic = Add(name, Guid.NewGuid(), partitions, settings);
        Record(topic);
        return topic;
    }

    public void AddPartitions(Topic topic, int count)
    {
        while (topic.Partitions.Count < count) topic.Add(logs.Open(topic, topic.Partitions.Count));
        Record(topic);
    }

    public void Configure(Topic topic, TopicSettings settings)
    {
        topic.Apply(settings);
        Record(topic);
    }

    public void Delete(Topic topic)
    {
        journal.Write(new TopicEntry { Name = topic.Name, Id = topic.Id, Deleted = true });
        _byName.Remove(topic.Name);
        _byId.Remove(topic.Id);
        foreach (var partition in topic.Partitions)
        {
            partition.Log.Delete();
            partition.WakeWaiters();
        }
    }

    /// <summary>Takes the topics of an earlier run, opens their logs and deletes folders that belong to none.</summary>
    public void Restore(IEnumerable<TopicEntry> entries)
    {
        foreach (var entry in entries)
        {
            var values = entry.Settings.ToDictionary(static setting => setting.Name, static setting => setting.Value);
            var (settings, error) = TopicSettings.Create(values, Defaults);
            Add(entry.Name, entry.Id, entry.Partitions, settings ?? throw new InvalidDataException(error));
        }
        logs.DeleteOrphans(_byName.Values);
    }

    public static TopicEntry ToEntry(Topic topic) => new()
    {
        Name = topic.Name,
        Id = topic.Id,
        Partitions = topic.Partitions.Count,
        Settings = [.. topic.Settings.Values.Select(static pair => new SettingEntry { Name = pair.Key, Value = pair.Value })],
    };

    public void Dispose()
    {
        foreach (var topic in _byName.Values)
        {
            foreach (var partition in topic.Partitions) partition.Log.Dispose();
        }
    }

    private Topic Add(string name, Guid id, int partitions, TopicSettings settings)
    {
        var topic = new Topic(name, id, settings);
        _byName.Add(name, topic);
        _byId.Add(id, topic);
        for (var i = 0; i < partitions; i++) topic.Add(logs.Open(topic, i));
        return topic;
    }

    private void Record(Topic topic) => journal.Write(ToEntry(topic));
}
