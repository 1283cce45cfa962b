namespace StreamInference.Broker.Protocol.Messages;

/// <summary>DescribeCluster request (key 60), versions 0 to 1, flexible from 0.</summary>
internal sealed class DescribeClusterRequest : IRequestMessage
{
    public static ApiKey Api => ApiKey.DescribeCluster;

    public static short FlexibleFrom => 0;

    public bool IncludeClusterAuthorizedOperations;
    public sbyte EndpointType = 1;

    public void Transfer(Wire wire, short version)
    {
        wire.Bool(ref IncludeClusterAuthorizedOperations);
        if (version >= 1) wire.Int8(ref EndpointType);
        wire.Tags();
    }
}

/// <summary>DescribeCluster response (key 60), versions 0 to 1, flexible from 0.</summary>
internal sealed class DescribeClusterResponse : IMessage
{
    public int ThrottleTimeMs;
    public ErrorCode ErrorCode;
    public string? ErrorMessage;
    public sbyte EndpointType = 1;
    public string ClusterId = "";
    public int ControllerId = -1;
    public List<BrokerEntry> Brokers = [];
    public int ClusterAuthorizedOperations = int.MinValue;

    public void Transfer(Wire wire, short version)
    {
        wire.Int32(ref ThrottleTimeMs);
        wire.Error(ref ErrorCode);
        wire.NullableString(ref ErrorMessage);
        if (version >= 1) wire.Int8(ref EndpointType);
        wire.String(ref ClusterId);
        wire.Int32(ref ControllerId);
        wire.Array(ref Brokers, version);
        wire.Int32(ref ClusterAuthorizedOperations);
        wire.Tags();
    }

    internal sealed class BrokerEntry : IMessage
    {
        public int BrokerId;
        public string Host = "";
        public int Port;
        public string? Rack;

        public void Transfer(Wire wire, short version)
        {
            wire.Int32(ref BrokerId);
            wire.String(ref Host);
            wire.Int32(ref Port);
            wire.NullableString(ref Rack);
            wire.Tags();
        }
    }
}
