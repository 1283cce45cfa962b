using System.Text;
using StreamInference.Broker.Groups;

namespace StreamInference.Broker.Tests.Groups;

public sealed class GroupRebalanceTests
{
    [Fact]
    public async Task The_first_member_leads_a_generation_and_its_assignment_makes_the_group_stable()
    {
        await using var driver = new GroupDriver();
        var member = (await driver.JoinNewAsync()).Value!;
        Assert.Equal((ErrorCode.None, 1, member.MemberId), (member.Error, member.Generation, member.Leader));
        Assert.Equal([member.MemberId], member.Members.Select(static each => each.MemberId));
        Assert.Equal(GroupState.CompletingRebalance, driver.Group.State);

        var sync = await driver.SyncAsync(member, null, (member.MemberId, "p0"));
        Assert.Equal("p0", Encoding.UTF8.GetString(sync.Value!.Value.Assignment));
        Assert.Equal(GroupState.Stable, driver.Group.State);
        Assert.Equal(ErrorCode.None, await driver.HeartbeatAsync(member));
    }

    [Fact]
    public async Task A_second_member_waits_until_the_first_one_has_joined_again()
    {
        await using var driver = new GroupDriver();
        var first = await driver.StableAsync();
        var second = await driver.JoinNewAsync();
        Assert.False(second.IsAnswered);
        Assert.Equal(ErrorCode.RebalanceInProgress, await driver.HeartbeatAsync(first));

        var again = (await driver.JoinAsync(first.MemberId)).Value!;
        Assert.Equal((2, 2), (again.Generation, second.Value!.Generation));
        Assert.Equal(2, again.Members.Count);
        Assert.Empty(second.Value.Members);

        var waiting = await driver.SyncAsync(second.Value);
        Assert.False(waiting.IsAnswered);
        await driver.SyncAsync(again, null, (first.MemberId, "p0"), (second.Value.MemberId, "p1"));
        Assert.Equal("p1", Encoding.UTF8.GetString(waiting.Value!.Value.Assignment));
        Assert.Equal(ErrorCode.IllegalGeneration, await driver.HeartbeatAsync(first));
    }

    [Fact]
    public async Task A_member_that_does_not_come_back_in_time_is_out()
    {
        await using var driver = new GroupDriver();
        var silent = await driver.StableAsync();
        var second = await driver.JoinNewAsync();
        for (var waited = TimeSpan.Zero; waited < GroupDriver.Rebalance && !second.IsAnswered; waited += TimeSpan.FromSeconds(5))
        {
            await driver.HeartbeatAsync(silent); // alive, but does not join
            await driver.AdvanceAsync(TimeSpan.FromSeconds(5));
        }
        Assert.Equal(2, second.Value!.Generation);
        Assert.Equal([second.Value.MemberId], second.Value.Members.Select(static each => each.MemberId));
        Assert.Equal(ErrorCode.UnknownMemberId, await driver.HeartbeatAsync(silent));
    }

    [Fact]
    public async Task A_session_that_expires_empties_the_group()
    {
        await using var driver = new GroupDriver();
        var member = await driver.StableAsync();
        await driver.AdvanceAsync(GroupDriver.Session / 2);
        Assert.Equal(ErrorCode.None, await driver.HeartbeatAsync(member));
        await driver.AdvanceAsync(GroupDriver.Session / 2);
        Assert.Equal(GroupState.Stable, driver.Group.State);
        await driver.AdvanceAsync(GroupDriver.Session);
        Assert.Equal(GroupState.Empty, driver.Group.State);
        Assert.Equal(ErrorCode.UnknownMemberId, await driver.HeartbeatAsync(member));
    }

    [Fact]
    public async Task A_leader_that_brings_no_assignment_is_out_and_the_others_begin_again()
    {
        await using var driver = new GroupDriver();
        var leader = await driver.StableAsync();
        var follower = await driver.JoinNewAsync();
        leader = (await driver.JoinAsync(leader.MemberId)).Value!;
        var sync = await driver.SyncAsync(follower.Value!);
        for (var waited = TimeSpan.Zero; waited < GroupDriver.Rebalance; waited += TimeSpan.FromSeconds(5))
        {
            Assert.False(sync.IsAnswered);
            Assert.Equal(ErrorCode.None, await driver.HeartbeatAsync(leader)); // alive, but brings no assignment
            await driver.AdvanceAsync(TimeSpan.FromSeconds(5));
        }
        Assert.Equal(ErrorCode.RebalanceInProgress, sync.Value!.Value.Error);
        Assert.Equal(ErrorCode.UnknownMemberId, await driver.HeartbeatAsync(leader));
        var next = (await driver.JoinAsync(follower.Value!.MemberId)).Value!;
        Assert.Equal((follower.Value.MemberId, 3), (next.Leader, next.Generation));
    }

    [Fact]
    public async Task The_leader_asks_for_a_rebalance_by_joining_again_and_a_follower_does_not()
    {
        await using var driver = new GroupDriver();
        var leader = await driver.StableAsync();
        var follower = await driver.JoinNewAsync();
        leader = (await driver.JoinAsync(leader.MemberId)).Value!;
        await driver.SyncAsync(follower.Value!);
        await driver.SyncAsync(leader, null, (leader.MemberId, "a"));
        Assert.Equal(GroupState.Stable, driver.Group.State);

        Assert.Equal(2, (await driver.JoinAsync(follower.Value!.MemberId)).Value!.Generation);
        Assert.Equal(GroupState.Stable, driver.Group.State);
        Assert.False((await driver.JoinAsync(leader.MemberId)).IsAnswered);
        Assert.Equal(GroupState.PreparingRebalance, driver.Group.State);
    }

    [Fact]
    public async Task Leaving_starts_a_rebalance_for_the_others()
    {
        await using var driver = new GroupDriver();
        var first = await driver.StableAsync();
        var second = await driver.JoinNewAsync();
        first = (await driver.JoinAsync(first.MemberId)).Value!;
        Assert.Equal(ErrorCode.None, await driver.LeaveAsync(first.MemberId));
        Assert.Equal(ErrorCode.UnknownMemberId, await driver.LeaveAsync(first.MemberId));
        Assert.Equal(ErrorCode.RebalanceInProgress, await driver.HeartbeatAsync(second.Value!));
        Assert.Equal(3, (await driver.JoinAsync(second.Value!.MemberId)).Value!.Generation);
    }

    [Fact]
    public async Task The_protocol_is_one_that_all_offer_and_most_prefer()
    {
        await using var driver = new GroupDriver();
        var first = (await driver.JoinNewAsync("range cooperative-sticky")).Value!;
        Assert.Equal("range", first.ProtocolName);
        var second = await driver.JoinNewAsync("cooperative-sticky roundrobin");
        var again = await driver.JoinAsync(first.MemberId, protocols: "range cooperative-sticky");
        Assert.Equal("cooperative-sticky", again.Value!.ProtocolName);
        Assert.Equal("cooperative-sticky", second.Value!.ProtocolName);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (await driver.JoinAsync(protocols: "other")).Value!.Error);
    }

    [Fact]
    public async Task An_empty_group_collects_members_during_the_initial_delay()
    {
        await using var driver = new GroupDriver(TimeSpan.FromSeconds(3));
        var first = await driver.JoinNewAsync();
        var second = await driver.JoinNewAsync();
        Assert.False(first.IsAnswered || second.IsAnswered);
        await driver.AdvanceAsync(TimeSpan.FromSeconds(3));
        Assert.Equal((1, 1), (first.Value!.Generation, second.Value!.Generation));
    }

    [Fact]
    public async Task An_id_that_was_given_and_not_used_in_time_is_forgotten()
    {
        await using var driver = new GroupDriver();
        var given = (await driver.JoinAsync()).Value!;
        await driver.AdvanceAsync(GroupDriver.Session);
        Assert.Equal(ErrorCode.UnknownMemberId, (await driver.JoinAsync(given.MemberId)).Value!.Error);
    }
}
