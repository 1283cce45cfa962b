using System.Buffers.Binary;
using System.Text;
using Confluent.Kafka;
using StreamInference.Kafka.Clients;

namespace StreamInference.Kafka.Tests.Clients;

public sealed class ClassicGroupTests
{
    private static readonly TopicPartition[] Partitions = [new("events", 0), new("events", 7), new("größe", 2)];

    [Fact]
    public void An_assignment_is_read()
    {
        Assert.Equal(Partitions, ClassicGroup.ReadAssignment(Write(Partitions)));
        Assert.Empty(ClassicGroup.ReadAssignment([]));
    }

    [Fact]
    public void An_assignment_that_is_cut_anywhere_gives_what_came_before()
    {
        byte[] whole = Write(Partitions);
        for (int length = 0; length < whole.Length; length++)
        {
            List<TopicPartition> read = ClassicGroup.ReadAssignment(whole.AsSpan(0, length));
            Assert.Equal(Partitions.Take(read.Count), read);
            Assert.True(length >= whole.Length - sizeof(int) || read.Count < Partitions.Length);
        }
    }

    /// <summary>ConsumerProtocolAssignment, version 1: topics, then user data (none: -1).</summary>
    private static byte[] Write(TopicPartition[] partitions)
    {
        List<byte> bytes = [];
        Add(2, 1);
        IGrouping<string, TopicPartition>[] topics = [.. partitions.GroupBy(partition => partition.Topic)];
        Add(4, topics.Length);
        foreach (IGrouping<string, TopicPartition> topic in topics)
        {
            byte[] name = Encoding.UTF8.GetBytes(topic.Key);
            Add(2, name.Length);
            bytes.AddRange(name);
            Add(4, topic.Count());
            foreach (TopicPartition partition in topic) Add(4, partition.Partition.Value);
        }

        Add(4, -1);
        return [.. bytes];

        void Add(int size, int value)
        {
            Span<byte> field = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(field, value);
            bytes.AddRange(field[(4 - size)..]);
        }
    }
}
