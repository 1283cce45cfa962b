using StreamInference.Broker.Logs;

namespace StreamInference.Broker.Topics;

/// <summary>A topic's name, id, settings and partitions.</summary>
internal sealed class Topic(string name, Guid id, TopicSettings settings)
{
    private readonly List<Partition> _partitions = [];

    public string Name { get; } = name;

    public Guid Id { get; } = id;

    public TopicSettings Settings { get; private set; } = settings;

    public IReadOnlyList<Partition> Partitions => _partitions;

    public Partition? Find(int index) => (uint)index < (uint)_partitions.Count ? _partitions[index] : null;

    public void Add(PartitionLog log) => _partitions.Add(new Partition(Name, _partitions.Count, log));

    public void Apply(TopicSettings settings)
    {
        Settings = settings;
        foreach (var partition in _partitions) partition.Log.Options = settings.Log;
    }
}

/// <summary>Something that waits for more data in partitions: a Fetch in its long poll.</summary>
internal interface IDataWaiter
{
    /// <summary>The partition has new data or a new last stable offset. Called on the loop.</summary>
    void OnChanged();
}

/// <summary>A partition: its log and who waits for it to grow.</summary>
internal sealed class Partition(string topic, int index, PartitionLog log)
{
    private readonly List<IDataWaiter> _waiters = [];

    public string Topic { get; } = topic;

    public int Index { get; } = index;

    public PartitionLog Log { get; } = log;

    public TopicPartition Key => new(Topic, Index);

    public void AddWaiter(IDataWaiter waiter) => _waiters.Add(waiter);

    public void RemoveWaiter(IDataWaiter waiter) => _waiters.Remove(waiter);

    /// <summary>Tells the waiters; one that is satisfied takes itself off the list meanwhile.</summary>
    public void WakeWaiters()
    {
        for (var i = _waiters.Count - 1; i >= 0; i--)
        {
            if (i < _waiters.Count) _waiters[i].OnChanged();
        }
    }
}

/// <summary>A partition by name.</summary>
internal readonly record struct TopicPartition(string Topic, int Partition);
