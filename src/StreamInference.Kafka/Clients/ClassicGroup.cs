using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Confluent.Kafka;

namespace StreamInference.Kafka.Clients;

/// <summary>A member of a consumer group.</summary>
/// <param name="MemberId">The broker's name for it.</param>
/// <param name="ClientId">Its client id.</param>
/// <param name="Host">Where it connects from.</param>
public sealed record GroupMember(string MemberId, string ClientId, string Host)
{
    internal IReadOnlyList<TopicPartition> Partitions { get; init; } = [];
}

/// <summary>A group of the classic protocol as its coordinator sees it.</summary>
/// <remarks>
/// Asked by the old request of librdkafka (<c>rd_kafka_list_groups</c>). The newer ones that go to a coordinator (describe groups, list a group's offsets) end
/// the process with a failed assertion in <c>rd_kafka_enq_once_del_source_return</c> when the coordinator goes away meanwhile (seen with 2.16.0: two workers
/// within one restart of the broker).
/// </remarks>
internal sealed record ClassicGroup(bool IsStable, IReadOnlyList<GroupMember> Members)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>The group; null when there is none. Waits for the answer.</summary>
    /// <exception cref="KafkaException">The cluster does not answer within <paramref name="limit"/>.</exception>
    public static ClassicGroup? Find(IAdminClient admin, string group, TimeSpan limit)
    {
        GroupInfo? found = Ask(admin, group, limit);
        if (found is null) return null;
        if (found.Error.IsError) throw new KafkaException(found.Error);
        return new ClassicGroup(found.State == "Stable", found.Members.ConvertAll(member =>
            new GroupMember(member.MemberId, member.ClientId, member.ClientHost) { Partitions = ReadAssignment(member.MemberAssignment) }));
    }

    private static GroupInfo? Ask(IAdminClient admin, string group, TimeSpan limit)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return admin.ListGroup(group, limit);
            }
            catch (KafkaException failure) when (failure.Error.Code == ErrorCode.Local_Transport && Stopwatch.GetElapsedTime(started) < limit)
            {
                // Between two connections to a broker this request fails at once.
                Thread.Sleep(Pause);
            }
        }
    }

    /// <summary>Reads a <c>ConsumerProtocolAssignment</c> (version, topics with their partitions); one that is cut gives what came before the cut.</summary>
    internal static List<TopicPartition> ReadAssignment(ReadOnlySpan<byte> assignment)
    {
        List<TopicPartition> partitions = [];
        if (!TrySkip(ref assignment, sizeof(short)) || !TryReadInt32(ref assignment, out int topics)) return partitions;
        for (int i = 0; i < topics; i++)
        {
            if (!BinaryPrimitives.TryReadInt16BigEndian(assignment, out short length) || length < 0 || assignment.Length < sizeof(short) + length) return partitions;
            string topic = Encoding.UTF8.GetString(assignment.Slice(sizeof(short), length));
            assignment = assignment[(sizeof(short) + length)..];
            if (!TryReadInt32(ref assignment, out int count)) return partitions;
            for (int j = 0; j < count; j++)
            {
                if (!TryReadInt32(ref assignment, out int partition)) return partitions;
                partitions.Add(new TopicPartition(topic, partition));
            }
        }

        return partitions;
    }

    private static bool TryReadInt32(ref ReadOnlySpan<byte> from, out int value) =>
        BinaryPrimitives.TryReadInt32BigEndian(from, out value) && TrySkip(ref from, sizeof(int));

    private static bool TrySkip(ref ReadOnlySpan<byte> from, int bytes)
    {
        if (from.Length < bytes) return false;
        from = from[bytes..];
        return true;
    }
}
