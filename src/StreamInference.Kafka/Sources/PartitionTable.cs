using Confluent.Kafka;
using StreamInference.Kafka.Native;
using StreamInference.Records;
using static StreamInference.Kafka.Native.LibRdKafka;

namespace StreamInference.Kafka.Sources;

/// <summary>The stays of this consumer, found by what a native message carries: a topic handle and a partition. Worker loop only.</summary>
internal sealed unsafe class PartitionTable
{
    private const long Unknown = -1;

    private readonly Dictionary<string, List<Stay?>> _byTopic = new(StringComparer.Ordinal);
    private readonly Dictionary<nint, List<Stay?>> _byHandle = [];
    private readonly List<Stay> _stays = [];

    /// <summary>One stay and how far it was read.</summary>
    internal sealed class Stay(PartitionAssignment assignment)
    {
        public PartitionAssignment Assignment { get; } = assignment;

        /// <summary>The offset after the last record that was handed on; -1 before the first.</summary>
        public long Position { get; set; } = Unknown;

        /// <summary>The offset behind the last one that is wanted.</summary>
        public long To { get; set; } = long.MaxValue;

        /// <summary>Whether every record below <see cref="To"/> was handed on.</summary>
        public bool IsEnded { get; set; }
    }

    /// <summary>Whether the topic has an active stay here.</summary>
    public bool Contains(string topic) => _byTopic.TryGetValue(topic, out List<Stay?>? stays) && stays.Exists(stay => stay is not null);

    /// <summary>The active partitions with records to come, for a pause or a resume of all.</summary>
    public IReadOnlyList<TopicPartition> Partitions() =>
        _stays.FindAll(stay => !stay.IsEnded).ConvertAll(stay => new TopicPartition(stay.Assignment.Topic, stay.Assignment.Partition));

    /// <summary>Begins new stays.</summary>
    public IReadOnlyList<PartitionAssignment> Add(IEnumerable<TopicPartition> partitions) =>
        Add([.. partitions.Select(partition => new PartitionAssignment(partition.Topic, partition.Partition.Value))]);

    /// <summary>Begins new stays.</summary>
    public IReadOnlyList<PartitionAssignment> Add(IReadOnlyList<PartitionAssignment> added)
    {
        foreach (PartitionAssignment assignment in added)
        {
            Stay stay = new(assignment);
            Set(assignment.Topic, assignment.Partition, stay);
            _stays.Add(stay);
        }

        _byHandle.Clear();
        return added;
    }

    /// <summary>The assignments of those of <paramref name="partitions"/> that are here.</summary>
    public IReadOnlyList<PartitionAssignment> Find(IEnumerable<TopicPartition> partitions)
    {
        List<PartitionAssignment> found = [];
        foreach (TopicPartition partition in partitions)
            if (Get(partition.Topic, partition.Partition.Value) is { } stay) found.Add(stay.Assignment);
        return found;
    }

    /// <summary>Ends stays: they are inactive and no longer found.</summary>
    public void Remove(IEnumerable<PartitionAssignment> assignments)
    {
        foreach (PartitionAssignment assignment in assignments)
        {
            assignment.Deactivate();
            Set(assignment.Topic, assignment.Partition, null);
            _stays.RemoveAll(stay => ReferenceEquals(stay.Assignment, assignment));
        }

        _byHandle.Clear();
    }

    /// <summary>Whether no active stay has records to come.</summary>
    public bool AreAllEnded => _stays.TrueForAll(stay => stay.IsEnded);

    /// <summary>The active stays that have ended.</summary>
    public IEnumerable<Stay> Ended => _stays.Where(stay => stay.IsEnded);

    /// <summary>The stay of an active assignment.</summary>
    public Stay Of(PartitionAssignment assignment) => _stays.Find(stay => ReferenceEquals(stay.Assignment, assignment))!;

    /// <summary>All active assignments.</summary>
    public IReadOnlyList<PartitionAssignment> All() => _stays.ConvertAll(stay => stay.Assignment);

    /// <summary>The stay of a message; null when its partition was taken away.</summary>
    public Stay? Of(NativeMessage* message)
    {
        if (!_byHandle.TryGetValue(message->Topic, out List<Stay?>? stays))
        {
            string topic = NativeText.Read(rd_kafka_topic_name(message->Topic));
            if (!_byTopic.TryGetValue(topic, out stays)) return null;
            _byHandle.Add(message->Topic, stays);
        }

        return message->Partition < stays.Count ? stays[message->Partition] : null;
    }

    /// <summary>
    /// Records between the positions and the ends that the last fetches told, summed; a partition that has not delivered yet counts as 0; -1 when
    /// no end is known. Asks only the client's memory.
    /// </summary>
    public long Lag(nint client)
    {
        long lag = 0;
        bool known = false;
        foreach (Stay stay in _stays)
        {
            long low, high;
            if (rd_kafka_get_watermark_offsets(client, stay.Assignment.Topic, stay.Assignment.Partition, &low, &high) != 0 || high < 0) continue;
            known = true;
            if (stay.Position != Unknown) lag += Math.Max(0, Math.Min(high, stay.To) - stay.Position);
        }

        return known ? lag : Unknown;
    }

    private Stay? Get(string topic, int partition) =>
        _byTopic.TryGetValue(topic, out List<Stay?>? stays) && partition < stays.Count ? stays[partition] : null;

    private void Set(string topic, int partition, Stay? stay)
    {
        if (!_byTopic.TryGetValue(topic, out List<Stay?>? stays)) _byTopic.Add(topic, stays = []);
        while (stays.Count <= partition) stays.Add(null);
        stays[partition] = stay;
    }
}
