using StreamInference.Broker.Protocol;

namespace StreamInference.Broker.State;

/// <summary>A group's generation as its leader left it: empty, or stable with these members.</summary>
internal sealed class GroupEntry : IMessage
{
    public string GroupId = "";
    public int Generation;
    public string? ProtocolType;
    public string? ProtocolName;
    public string? LeaderId;
    public List<MemberEntry> Members = [];

    public void Transfer(Wire wire, short version)
    {
        wire.String(ref GroupId);
        wire.Int32(ref Generation);
        wire.NullableString(ref ProtocolType);
        wire.NullableString(ref ProtocolName);
        wire.NullableString(ref LeaderId);
        wire.Array(ref Members, version);
    }

    internal sealed class MemberEntry : IMessage
    {
        public string MemberId = "";
        public string? InstanceId;
        public string ClientId = "";
        public string ClientHost = "";
        public int SessionTimeoutMs;
        public int RebalanceTimeoutMs;
        public List<ProtocolEntry> Protocols = [];
        public ReadOnlyMemory<byte> Assignment;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref MemberId);
            wire.NullableString(ref InstanceId);
            wire.String(ref ClientId);
            wire.String(ref ClientHost);
            wire.Int32(ref SessionTimeoutMs);
            wire.Int32(ref RebalanceTimeoutMs);
            wire.Array(ref Protocols, version);
            wire.Bytes(ref Assignment);
        }
    }

    internal sealed class ProtocolEntry : IMessage
    {
        public string Name = "";
        public ReadOnlyMemory<byte> Metadata;

        public void Transfer(Wire wire, short version)
        {
            wire.String(ref Name);
            wire.Bytes(ref Metadata);
        }
    }
}
