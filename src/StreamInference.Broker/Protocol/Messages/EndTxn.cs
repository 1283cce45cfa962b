namespace StreamInference.Broker.Protocol.Messages;

/// <summary>EndTxn request (key 26), versions 0 to 4, flexible from 3.</summary>
internal sealed class EndTxnRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.EndTxn;

    public static short FlexibleFrom => 3;

    public string TransactionalId = "";
    public long ProducerId;
    public short ProducerEpoch;
    public bool Committed;

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref TransactionalId);
        wire.Int64(ref ProducerId);
        wire.Int16(ref ProducerEpoch);
        wire.Bool(ref Committed);
        wire.Tags();
    }
}

/// <summary>EndTxn response (key 26), versions 0 to 4, flexible from 3.</summary>
internal sealed class EndTxnResponse : IMessage
{
    public int ThrottleTimeMs;
    public ErrorCode ErrorCode;

    public void Transfer(Wire wire, short version)
    {
        wire.Int32(ref ThrottleTimeMs);
        wire.Error(ref ErrorCode);
        wire.Tags();
    }
}
