using StreamInference.Broker.Protocol;

namespace StreamInference.Broker.State;

/// <summary>A topic as it is now, or that it is gone.</summary>
internal sealed class TopicEntry : IMessage
{
    public string Name = "";
    public Guid Id;
    public bool Deleted;
    public int Partitions;
    public List<SettingEntry> Settings = [];

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref Name);
        wire.Uuid(ref Id);
        wire.Bool(ref Deleted);
        wire.Int32(ref Partitions);
        wire.Array(ref Settings, version);
    }
}

internal sealed class SettingEntry : IMessage
{
    public string Name = "";
    public string Value = "";

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref Name);
        wire.String(ref Value);
    }
}

/// <summary>Producer ids below this one may have been handed out.</summary>
internal sealed class ProducerIdsEntry : IMessage
{
    public long Next;

    public void Transfer(Wire wire, short version) => wire.Int64(ref Next);
}

/// <summary>A transactional id as it is now.</summary>
internal sealed class TransactionEntry : IMessage
{
    public string TransactionalId = "";
    public long ProducerId;
    public short Epoch;
    public short LastEpoch;
    public int TimeoutMs;
    public sbyte State;
    public long StartedAt;
    public List<PartitionEntry> Partitions = [];
    public List<string> Groups = [];

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref TransactionalId);
        wire.Int64(ref ProducerId);
        wire.Int16(ref Epoch);
        wire.Int16(ref LastEpoch);
        wire.Int32(ref TimeoutMs);
        wire.Int8(ref State);
        wire.Int64(ref StartedAt);
        wire.Array(ref Partitions, version);
        wire.StringArray(ref Groups);
    }
}

internal sealed class PartitionEntry : IMessage
{
    public string Topic = "";
    public int Partition;

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref Topic);
        wire.Int32(ref Partition);
    }
}

/// <summary>What an <see cref="OffsetsEntry"/> does with its offsets.</summary>
internal enum OffsetsChange : sbyte
{
    Commit = 0,
    AddPending = 1,
    CommitPending = 2,
    DropPending = 3,
    Delete = 4,
    DeleteGroup = 5,
}

/// <summary>A change of a group's offsets; pending ones belong to the transaction of a producer.</summary>
internal sealed class OffsetsEntry : IMessage
{
    public string GroupId = "";
    public sbyte Change;
    public long ProducerId = -1;
    public List<OffsetEntry> Offsets = [];

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref GroupId);
        wire.Int8(ref Change);
        wire.Int64(ref ProducerId);
        wire.Array(ref Offsets, version);
    }
}

internal sealed class OffsetEntry : IMessage
{
    public string Topic = "";
    public int Partition;
    public long Offset;
    public int LeaderEpoch = -1;
    public string? Metadata;
    public long Timestamp;

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref Topic);
        wire.Int32(ref Partition);
        wire.Int64(ref Offset);
        wire.Int32(ref LeaderEpoch);
        wire.NullableString(ref Metadata);
        wire.Int64(ref Timestamp);
    }
}
