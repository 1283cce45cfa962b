namespace StreamInference.Broker.Protocol.Messages;

/// <summary>ListTransactions request (key 66), versions 0 to 1, flexible from 0.</summary>
internal sealed class ListTransactionsRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.ListTransactions;

    public static short FlexibleFrom => 0;

    public List<string> StateFilters = [];
    public List<long> ProducerIdFilters = [];
    public long DurationFilter = -1;

    public void Transfer(Wire wire, short version)
    {
        wire.StringArray(ref StateFilters);
        wire.Int64Array(ref ProducerIdFilters);
        if (version >= 1) wire.Int64(ref DurationFilter);
        wire.Tags();
    }
}

/// <summary>ListTransactions response (key 66), versions 0 to 1, flexible from 0.</summary>
internal sealed class ListTransactionsResponse : IMessage
{
    public int ThrottleTimeMs;
    public ErrorCode ErrorCode;
    public List<string> UnknownStateFilters = [];
    public List<TransactionEntry> TransactionStates = [];

    public void Transfer(Wire wire, short version)
    {
        wire.Int32(ref ThrottleTimeMs);
        wire.Error(ref ErrorCode);
        wire.StringArray(ref UnknownStateFilters);
        wire.Array(ref TransactionStates, version);
        wire.Tags();
    }

    internal sealed class TransactionEntry : IMessage
    {
        public string TransactionalId = "";
        public long ProducerId;
        public string TransactionState = "";

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref TransactionalId);
            wire.Int64(ref ProducerId);
            wire.String(ref TransactionState);
            wire.Tags();
        }
    }
}
