namespace StreamInference.Broker.Protocol.Messages;

/// <summary>InitProducerId request (key 22), versions 0 to 5, flexible from 2.</summary>
internal sealed class InitProducerIdRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.InitProducerId;

    public static short FlexibleFrom => 2;

    public string? TransactionalId;
    public int TransactionTimeoutMs;
    public long ProducerId = -1;
    public short ProducerEpoch = -1;

    public void Transfer(Wire wire, short version)
    {
        wire.NullableString(ref TransactionalId);
        wire.Int32(ref TransactionTimeoutMs);
        if (version >= 3) wire.Int64(ref ProducerId);
        if (version >= 3) wire.Int16(ref ProducerEpoch);
        wire.Tags();
    }
}

/// <summary>InitProducerId response (key 22), versions 0 to 5, flexible from 2.</summary>
internal sealed class InitProducerIdResponse : IMessage
{
    public int ThrottleTimeMs;
    public ErrorCode ErrorCode;
    public long ProducerId = -1;
    public short ProducerEpoch;

    public void Transfer(Wire wire, short version)
    {
        wire.Int32(ref ThrottleTimeMs);
        wire.Error(ref ErrorCode);
        wire.Int64(ref ProducerId);
        wire.Int16(ref ProducerEpoch);
        wire.Tags();
    }
}
