using StreamInference.Commit;

namespace StreamInference.Tests.Commit;

public sealed class CommitPolicyTests
{
    private readonly CommitPolicy _policy = new(TimeSpan.FromMilliseconds(100), MaxResults: 50, MaxBytes: 1000);

    [Fact]
    public void Without_progress_nothing_is_due() =>
        Assert.Null(_policy.DueIn(new CommitState(false, 0, 0, TimeSpan.Zero, true)));

    [Fact]
    public void An_idle_worker_commits_at_once() =>
        Assert.Equal(TimeSpan.Zero, _policy.DueIn(new CommitState(true, 1, 10, TimeSpan.Zero, true)));

    [Fact]
    public void A_busy_worker_waits_for_the_interval() =>
        Assert.Equal(TimeSpan.FromMilliseconds(70), _policy.DueIn(new CommitState(true, 1, 10, TimeSpan.FromMilliseconds(30), false)));

    [Theory]
    [InlineData(50, 10, 0)]
    [InlineData(1, 1000, 0)]
    [InlineData(1, 10, 100)]
    public void Count_bytes_and_interval_each_make_it_due(int results, long bytes, int milliseconds) =>
        Assert.Equal(TimeSpan.Zero, _policy.DueIn(new CommitState(true, results, bytes, TimeSpan.FromMilliseconds(milliseconds), false)));
}
