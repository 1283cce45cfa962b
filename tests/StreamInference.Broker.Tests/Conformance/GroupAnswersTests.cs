using StreamInference.Broker.Tests.EndToEnd;

namespace StreamInference.Broker.Tests.Conformance;

public sealed class GroupAnswersTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task Offsets_are_committed_outside_a_generation_as_kafka_allows_it()
    {
        using var session = await Session.OpenAsync(fixture);
        Assert.Equal(ErrorCode.None, await session.OffsetCommitAsync(-1, ""));
        Assert.Equal(ErrorCode.UnknownMemberId, await session.OffsetCommitAsync(3, "member"));
        Assert.Equal(ErrorCode.None, await session.OffsetCommitAsync(-1, "member"));
        Assert.Equal(ErrorCode.IllegalGeneration, await session.OffsetCommitAsync(3, "member", group: session.Group + "-new"));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await session.OffsetCommitAsync(-1, "", topic: "none"));
        Assert.Equal(ErrorCode.OffsetMetadataTooLarge, await session.OffsetCommitAsync(-1, "", metadata: new string('x', 5000)));
        Assert.Equal(ErrorCode.None, await session.OffsetCommitAsync(-1, "", group: ""));
    }

    [Fact]
    public async Task Strangers_are_told_what_kafka_tells_them()
    {
        using var session = await Session.OpenAsync(fixture);
        Assert.Equal(ErrorCode.UnknownMemberId, await session.HeartbeatAsync("member", 1));
        Assert.Equal(ErrorCode.InvalidGroupId, await session.HeartbeatAsync("member", 1, group: ""));
        Assert.Equal(ErrorCode.UnknownMemberId, (await session.SyncAsync("member", 1)).ErrorCode);
        Assert.Equal([ErrorCode.UnknownMemberId], await session.LeaveAsync(session.Group, "member"));
        Assert.Equal(ErrorCode.InvalidSessionTimeout, (await session.JoinAsync("", sessionMs: 1)).ErrorCode);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (await session.JoinAsync("", protocol: "")).ErrorCode);
        Assert.Equal(ErrorCode.UnknownMemberId, (await session.JoinAsync("stranger")).ErrorCode);
        Assert.Equal(ErrorCode.InvalidGroupId, (await session.JoinAsync("", group: "")).ErrorCode);
        Assert.Equal(ErrorCode.GroupIdNotFound, await session.DeleteGroupAsync(session.Group + "-none"));
    }

    [Fact]
    public async Task A_member_is_told_what_kafka_tells_it_from_joining_to_leaving()
    {
        using var session = await Session.OpenAsync(fixture);
        var required = await session.JoinAsync("");
        Assert.Equal((ErrorCode.MemberIdRequired, -1), (required.ErrorCode, required.GenerationId));
        var member = await session.JoinAsync(required.MemberId);
        Assert.Equal((ErrorCode.None, 1, "range"), (member.ErrorCode, member.GenerationId, member.ProtocolName));
        Assert.Equal((member.MemberId, 1), (member.Leader, member.Members.Count));
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (await session.JoinAsync("", type: "connect")).ErrorCode);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (await session.JoinAsync("", protocol: "other")).ErrorCode);
        Assert.Equal(ErrorCode.RebalanceInProgress, await session.OffsetCommitAsync(1, member.MemberId));
        Assert.Equal(ErrorCode.None, await session.HeartbeatAsync(member.MemberId, 1));
        Assert.Equal(ErrorCode.IllegalGeneration, (await session.SyncAsync(member.MemberId, 99)).ErrorCode);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (await session.SyncAsync(member.MemberId, 1, protocol: "other")).ErrorCode);
        for (var again = 0; again < 2; again++)
        {
            var sync = await session.SyncAsync(member.MemberId, 1);
            Assert.Equal((ErrorCode.None, 2), (sync.ErrorCode, sync.Assignment.Length));
        }
        Assert.Equal(ErrorCode.None, await session.OffsetCommitAsync(1, member.MemberId));
        Assert.Equal(ErrorCode.IllegalGeneration, await session.OffsetCommitAsync(2, member.MemberId));
        Assert.Equal(ErrorCode.UnknownMemberId, await session.OffsetCommitAsync(1, "other"));
        Assert.Equal(ErrorCode.UnknownMemberId, await session.OffsetCommitAsync(-1, ""));
        Assert.Equal(ErrorCode.UnknownMemberId, await session.OffsetCommitAsync(1, member.MemberId, instance: "instance"));
        Assert.Equal(ErrorCode.NonEmptyGroup, await session.DeleteGroupAsync(session.Group));
        Assert.Equal([ErrorCode.UnknownMemberId, ErrorCode.None], await session.LeaveAsync(session.Group, "other", member.MemberId));
        Assert.Equal(ErrorCode.None, await session.DeleteGroupAsync(session.Group));
    }
}
