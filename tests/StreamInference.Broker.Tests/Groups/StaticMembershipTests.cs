using System.Text;
using StreamInference.Broker.Groups;

namespace StreamInference.Broker.Tests.Groups;

public sealed class StaticMembershipTests
{
    [Fact]
    public async Task A_restarted_static_member_has_its_assignment_back_without_a_rebalance()
    {
        await using var driver = new GroupDriver();
        var (first, second) = await TwoStaticAsync(driver);

        var returned = (await driver.JoinAsync(instance: "two")).Value!;
        Assert.Equal((ErrorCode.None, first.Generation), (returned.Error, returned.Generation));
        Assert.NotEqual(second.MemberId, returned.MemberId);
        var sync = await driver.SyncAsync(returned, "two");
        Assert.Equal("p1", Encoding.UTF8.GetString(sync.Value!.Value.Assignment));
        Assert.Equal(ErrorCode.None, await driver.HeartbeatAsync(first, "one"));
        Assert.Equal(ErrorCode.FencedInstanceId, await driver.HeartbeatAsync(second, "two"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_returning_leader_skips_the_assignment_or_takes_itself_for_a_follower(bool skips)
    {
        await using var driver = new GroupDriver();
        var (first, _) = await TwoStaticAsync(driver);
        Assert.Equal(first.MemberId, first.Leader);

        var returned = (await driver.JoinAsync(instance: "one", skips: skips)).Value!;
        Assert.Equal(skips, returned.SkipAssignment);
        Assert.Equal(skips, returned.Leader == returned.MemberId);
        Assert.Equal(skips ? 2 : 0, returned.Members.Count);
        Assert.Equal("p0", Encoding.UTF8.GetString((await driver.SyncAsync(returned, "one")).Value!.Value.Assignment));
        Assert.Equal(GroupState.Stable, driver.Group.State);
    }

    [Fact]
    public async Task A_static_member_that_stays_away_is_out_when_its_session_ends()
    {
        await using var driver = new GroupDriver();
        var (first, second) = await TwoStaticAsync(driver);
        for (var i = 0; i < 3; i++)
        {
            await driver.AdvanceAsync(GroupDriver.Session / 2);
            await driver.HeartbeatAsync(first, "one");
        }
        Assert.Equal(ErrorCode.RebalanceInProgress, await driver.HeartbeatAsync(first, "one"));
        Assert.Equal(ErrorCode.UnknownMemberId, await driver.HeartbeatAsync(second, "two"));
    }

    [Fact]
    public async Task A_static_member_leaves_by_its_instance_id_alone()
    {
        await using var driver = new GroupDriver();
        var (first, second) = await TwoStaticAsync(driver);
        Assert.Equal(ErrorCode.FencedInstanceId, await driver.LeaveAsync("another-id", "two"));
        Assert.Equal(ErrorCode.None, await driver.LeaveAsync("", "two"));
        Assert.Equal(ErrorCode.UnknownMemberId, await driver.LeaveAsync("", "two"));
        Assert.DoesNotContain(driver.Group.Members, member => member.Id == second.MemberId);
        Assert.Equal(ErrorCode.RebalanceInProgress, await driver.HeartbeatAsync(first, "one"));
    }

    [Fact]
    public async Task Offsets_are_taken_from_the_present_member_only()
    {
        await using var driver = new GroupDriver();
        var (_, second) = await TwoStaticAsync(driver);
        var returned = (await driver.JoinAsync(instance: "two")).Value!;
        Assert.Equal(ErrorCode.FencedInstanceId, Validate(second.MemberId, "two", second.Generation, transactional: true));
        Assert.Equal(ErrorCode.UnknownMemberId, Validate(second.MemberId, null, second.Generation, transactional: true));
        Assert.Equal(ErrorCode.IllegalGeneration, Validate(returned.MemberId, "two", second.Generation - 1, transactional: true));
        Assert.Equal(ErrorCode.None, Validate(returned.MemberId, "two", returned.Generation, transactional: true));
        Assert.Equal(ErrorCode.None, Validate("", null, -1, transactional: true)); // the unfenced hole of the classic protocol
        Assert.Equal(ErrorCode.UnknownMemberId, Validate("", null, -1, transactional: false));

        ErrorCode Validate(string member, string? instance, int generation, bool transactional) =>
            driver.OnLoop(() => driver.Group.ValidateOffsetCommit(member, instance, generation, transactional)).Result;
    }

    private static async Task<(JoinResult First, JoinResult Second)> TwoStaticAsync(GroupDriver driver)
    {
        var first = (await driver.JoinAsync(instance: "one")).Value!;
        await driver.SyncAsync(first, "one", (first.MemberId, "p0"));
        var joining = await driver.JoinAsync(instance: "two");
        first = (await driver.JoinAsync(first.MemberId, "one")).Value!;
        var second = joining.Value!;
        var waiting = await driver.SyncAsync(second, "two");
        await driver.SyncAsync(first, "one", (first.MemberId, "p0"), (second.MemberId, "p1"));
        Assert.True(waiting.IsAnswered);
        return (first, second);
    }
}
