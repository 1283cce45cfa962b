namespace StreamInference.Broker.Protocol.Messages;

/// <summary>AddPartitionsToTxn request (key 24), versions 0 to 5, flexible from 3.</summary>
internal sealed class AddPartitionsToTxnRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.AddPartitionsToTxn;

    public static short FlexibleFrom => 3;

    public List<TransactionEntry> Transactions = [];
    public string TransactionalId = "";
    public long ProducerId;
    public short ProducerEpoch;
    public List<TopicEntry> Topics = [];

    public void Transfer(Wire wire, short version)
    {
        if (version >= 4) wire.Array(ref Transactions, version);
        if (version <= 3) wire.String(ref TransactionalId);
        if (version <= 3) wire.Int64(ref ProducerId);
        if (version <= 3) wire.Int16(ref ProducerEpoch);
        if (version <= 3) wire.Array(ref Topics, version);
        wire.Tags();
    }

    internal sealed class TransactionEntry : IMessage
    {
        public string TransactionalId = "";
        public long ProducerId;
        public short ProducerEpoch;
        public bool VerifyOnly;
        public List<TopicEntry> Topics = [];

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref TransactionalId);
            wire.Int64(ref ProducerId);
            wire.Int16(ref ProducerEpoch);
            wire.Bool(ref VerifyOnly);
            wire.Array(ref Topics, version);
            wire.Tags();
        }
    }

    internal sealed class TopicEntry : IMessage
    {
        public string Name = "";
        public List<int> Partitions = [];

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.Int32Array(ref Partitions);
            wire.Tags();
        }
    }
}

/// <summary>AddPartitionsToTxn response (key 24), versions 0 to 5, flexible from 3.</summary>
internal sealed class AddPartitionsToTxnResponse : IMessage
{
    public int ThrottleTimeMs;
    public ErrorCode ErrorCode;
    public List<TransactionEntry> ResultsByTransaction = [];
    public List<TopicEntry> Topics = [];

    public void Transfer(Wire wire, short version)
    {
        wire.Int32(ref ThrottleTimeMs);
        if (version >= 4) wire.Error(ref ErrorCode);
        if (version >= 4) wire.Array(ref ResultsByTransaction, version);
        if (version <= 3) wire.Array(ref Topics, version);
        wire.Tags();
    }

    internal sealed class TransactionEntry : IMessage
    {
        public string TransactionalId = "";
        public List<TopicEntry> TopicResults = [];

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref TransactionalId);
            wire.Array(ref TopicResults, version);
            wire.Tags();
        }
    }

    internal sealed class TopicEntry : IMessage
    {
        public string Name = "";
        public List<PartitionEntry> ResultsByPartition = [];

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.Array(ref ResultsByPartition, version);
            wire.Tags();
        }
    }

    internal sealed class PartitionEntry : IMessage
    {
        public int PartitionIndex;
        public ErrorCode PartitionErrorCode;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref PartitionIndex);
            wire.Error(ref PartitionErrorCode);
            wire.Tags();
        }
    }
}
