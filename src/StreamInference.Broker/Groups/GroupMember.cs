using StreamInference.Broker.Loop;

namespace StreamInference.Broker.Groups;

/// <summary>A way of assigning partitions that a member offers, with its subscription (opaque to the broker).</summary>
internal readonly record struct MemberProtocol(string Name, byte[] Metadata);

/// <summary>What a JoinGroup asks for.</summary>
internal sealed record JoinAttempt
{
    public required string MemberId { get; init; }

    public string? InstanceId { get; init; }

    public required string ClientId { get; init; }

    public required string ClientHost { get; init; }

    public required TimeSpan SessionTimeout { get; init; }

    public required TimeSpan RebalanceTimeout { get; init; }

    public required string ProtocolType { get; init; }

    public required IReadOnlyList<MemberProtocol> Protocols { get; init; }

    /// <summary>From version 4 on a dynamic member is first given an id and joins with it (KIP-394).</summary>
    public bool RequiresKnownMemberId { get; init; }

    /// <summary>From version 9 on a returning static leader is told to skip the assignment (KIP-814).</summary>
    public bool SupportsSkippingAssignment { get; init; }
}

/// <summary>The answer to a JoinGroup.</summary>
internal sealed record JoinResult(ErrorCode Error, string MemberId)
{
    public int Generation { get; init; } = -1;

    public string? ProtocolType { get; init; }

    public string? ProtocolName { get; init; }

    public string Leader { get; init; } = "";

    public bool SkipAssignment { get; init; }

    /// <summary>Everyone's subscription, for the leader; empty for the others.</summary>
    public IReadOnlyList<(string MemberId, string? InstanceId, byte[] Metadata)> Members { get; init; } = [];
}

/// <summary>The answer to a SyncGroup.</summary>
internal readonly record struct SyncResult(ErrorCode Error, string? ProtocolType, string? ProtocolName, byte[] Assignment)
{
    public static SyncResult Failed(ErrorCode error) => new(error, null, null, []);
}

/// <summary>A member of a classic group. Owned by its group.</summary>
internal sealed class GroupMember(string id, JoinAttempt attempt)
{
    public string Id { get; set; } = id;

    public string? InstanceId { get; } = attempt.InstanceId;

    public string ClientId { get; private set; } = attempt.ClientId;

    public string ClientHost { get; private set; } = attempt.ClientHost;

    public TimeSpan SessionTimeout { get; private set; } = attempt.SessionTimeout;

    public TimeSpan RebalanceTimeout { get; private set; } = attempt.RebalanceTimeout;

    public IReadOnlyList<MemberProtocol> Protocols { get; private set; } = attempt.Protocols;

    public byte[] Assignment { get; set; } = [];

    /// <summary>Set while the member waits for the group to be complete.</summary>
    public Action<JoinResult>? AwaitingJoin { get; set; }

    /// <summary>Set while the member waits for the leader's assignment.</summary>
    public Action<SyncResult>? AwaitingSync { get; set; }

    public LoopTimer? Session { get; set; }

    public bool IsStatic => InstanceId is not null;

    public void Update(JoinAttempt attempt)
    {
        ClientId = attempt.ClientId;
        ClientHost = attempt.ClientHost;
        SessionTimeout = attempt.SessionTimeout;
        RebalanceTimeout = attempt.RebalanceTimeout;
        Protocols = attempt.Protocols;
    }

    public bool Offers(string protocol) => Protocols.Any(offered => offered.Name == protocol);

    public byte[] MetadataOf(string protocol)
    {
        foreach (var offered in Protocols)
        {
            if (offered.Name == protocol) return offered.Metadata;
        }
        return [];
    }

    public bool OffersTheSameAs(JoinAttempt attempt) =>
        Protocols.Count == attempt.Protocols.Count
        && Protocols.Zip(attempt.Protocols).All(static pair =>
            pair.First.Name == pair.Second.Name && pair.First.Metadata.AsSpan().SequenceEqual(pair.Second.Metadata));

    public void AnswerJoin(JoinResult result)
    {
        var answer = AwaitingJoin;
        AwaitingJoin = null;
        answer?.Invoke(result);
    }

    public void AnswerSync(SyncResult result)
    {
        var answer = AwaitingSync;
        AwaitingSync = null;
        answer?.Invoke(result);
    }
}
