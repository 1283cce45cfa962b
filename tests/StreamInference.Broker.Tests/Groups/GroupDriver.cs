using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StreamInference.Broker.Groups;
using StreamInference.Broker.Loop;
using StreamInference.Broker.State;

namespace StreamInference.Broker.Tests.Groups;

/// <summary>A group on a loop with fake time, and members that do what a test says.</summary>
internal sealed class GroupDriver : IAsyncDisposable
{
    public static readonly TimeSpan Session = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan Rebalance = TimeSpan.FromSeconds(60);

    private readonly BrokerLoop _loop;

    public GroupDriver(TimeSpan initialDelay = default)
    {
        _loop = new BrokerLoop(Time, NullLogger.Instance);
        Group = new Group("group", _loop, StateJournal.None, initialDelay);
    }

    public FakeTimeProvider Time { get; } = new();

    public Group Group { get; }

    public async Task<T> OnLoop<T>(Func<T> function) => await _loop.InvokeAsync(function);

    /// <summary>Joins; the result is null until the group answers.</summary>
    public async Task<Pending<JoinResult>> JoinAsync(string memberId = "", string? instance = null, string protocols = "range", bool skips = false)
    {
        var pending = new Pending<JoinResult>();
        var attempt = new JoinAttempt
        {
            MemberId = memberId,
            InstanceId = instance,
            ClientId = "client",
            ClientHost = "/host",
            SessionTimeout = Session,
            RebalanceTimeout = Rebalance,
            ProtocolType = "consumer",
            Protocols = [.. protocols.Split(' ').Select(static name => new MemberProtocol(name, Encoding.UTF8.GetBytes(name)))],
            RequiresKnownMemberId = true,
            SupportsSkippingAssignment = skips,
        };
        await OnLoop(() =>
        {
            Group.Join(attempt, pending.Set);
            return 0;
        });
        return pending;
    }

    /// <summary>Joins as a new dynamic member does: once for an id and once with it.</summary>
    public async Task<Pending<JoinResult>> JoinNewAsync(string protocols = "range")
    {
        var first = (await JoinAsync(protocols: protocols)).Value!;
        Assert.Equal(ErrorCode.MemberIdRequired, first.Error);
        return await JoinAsync(first.MemberId, protocols: protocols);
    }

    public async Task<Pending<SyncResult?>> SyncAsync(JoinResult member, string? instance = null, params (string Member, string Assignment)[] assignments)
    {
        var pending = new Pending<SyncResult?>();
        var bytes = assignments.ToDictionary(static each => each.Member, static each => Encoding.UTF8.GetBytes(each.Assignment));
        await OnLoop(() =>
        {
            Group.Sync(member.MemberId, instance, member.Generation, "consumer", member.ProtocolName, bytes, result => pending.Set(result));
            return 0;
        });
        return pending;
    }

    public Task<ErrorCode> HeartbeatAsync(JoinResult member, string? instance = null) =>
        OnLoop(() => Group.Heartbeat(member.MemberId, instance, member.Generation));

    public Task<ErrorCode> LeaveAsync(string memberId, string? instance = null) => OnLoop(() => Group.Leave(memberId, instance));

    /// <summary>A stable group of one dynamic member.</summary>
    public async Task<JoinResult> StableAsync()
    {
        var member = (await JoinNewAsync()).Value!;
        await SyncAsync(member, null, (member.MemberId, "all"));
        Assert.Equal(GroupState.Stable, Group.State);
        return member;
    }

    public async Task AdvanceAsync(TimeSpan time)
    {
        Time.Advance(time + TimeSpan.FromMilliseconds(2)); // the loop's timer rounds up
        await OnLoop(static () => 0); // what the timers started is done
    }

    public async ValueTask DisposeAsync() => await _loop.DisposeAsync();
}

/// <summary>An answer that may still come.</summary>
internal sealed class Pending<T>
{
    public T? Value { get; private set; }

    public bool IsAnswered { get; private set; }

    public void Set(T value)
    {
        Assert.False(IsAnswered, "answered twice");
        Value = value;
        IsAnswered = true;
    }
}
