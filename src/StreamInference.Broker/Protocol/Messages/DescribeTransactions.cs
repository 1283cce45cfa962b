namespace StreamInference.Broker.Protocol.Messages;

/// <summary>DescribeTransactions request (key 65), versions 0 to 0, flexible from 0.</summary>
internal sealed class DescribeTransactionsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.DescribeTransactions;

    public static short FlexibleFrom => 0;

    public List<string> TransactionalIds = [];

    public void Transfer(Wire wire, short version)
    {
        wire.StringArray(ref TransactionalIds);
        wire.Tags();
    }
}

/// <summary>DescribeTransactions response (key 65), versions 0 to 0, flexible from 0.</summary>
internal sealed class DescribeTransactionsResponse : IMessage
{
    public int ThrottleTimeMs;
    public List<TransactionEntry> TransactionStates = [];

    public void Transfer(Wire wire, short version)
    {
        wire.Int32(ref ThrottleTimeMs);
        wire.Array(ref TransactionStates, version);
        wire.Tags();
    }

    internal sealed class TransactionEntry : IMessage
    {
        public ErrorCode ErrorCode;
        public string TransactionalId = "";
        public string TransactionState = "";
        public int TransactionTimeoutMs;
        public long TransactionStartTimeMs;
        public long ProducerId;
        public short ProducerEpoch;
        public List<TopicEntry> Topics = [];

        public void Transfer(Wire wire, short version)
        {
            wire.Error(ref ErrorCode);
            wire.String(ref TransactionalId);
            wire.String(ref TransactionState);
            wire.Int32(ref TransactionTimeoutMs);
            wire.Int64(ref TransactionStartTimeMs);
            wire.Int64(ref ProducerId);
            wire.Int16(ref ProducerEpoch);
            wire.Array(ref Topics, version);
            wire.Tags();
        }
    }

    internal sealed class TopicEntry : IMessage
    {
        public string Topic = "";
        public List<int> Partitions = [];

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Topic);
            wire.Int32Array(ref Partitions);
            wire.Tags();
        }
    }
}
