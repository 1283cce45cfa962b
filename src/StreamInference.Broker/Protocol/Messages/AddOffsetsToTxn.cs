namespace StreamInference.Broker.Protocol.Messages;

/// <summary>AddOffsetsToTxn request (key 25), versions 0 to 4, flexible from 3.</summary>
internal sealed class AddOffsetsToTxnRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.AddOffsetsToTxn;

    public static short FlexibleFrom => 3;

    public string TransactionalId = "";
    public long ProducerId;
    public short ProducerEpoch;
    public string GroupId = "";

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref TransactionalId);
        wire.Int64(ref ProducerId);
        wire.Int16(ref ProducerEpoch);
        wire.String(ref GroupId);
        wire.Tags();
    }
}

/// <summary>AddOffsetsToTxn response (key 25), versions 0 to 4, flexible from 3.</summary>
internal sealed class AddOffsetsToTxnResponse : IMessage
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
