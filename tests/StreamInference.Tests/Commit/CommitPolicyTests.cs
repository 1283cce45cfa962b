using StreamInference.Commit;

namespace StreamInference.Tests.Commit;

public sealed class CommitPolicyTests
{
    private readonly CommitPolicy _policy = new(TimeSpan.FromMilliseconds(100), MaxResults: 50, MaxBytes: 1000);

    [Fact]
    public void Without_progress_nothing_is_due() =>
        Assert.Null(_policy.DueIn(State(hasProgress: false)));

    [Fact]
    public void An_idle_worker_commits_at_once() =>
        Assert.Equal(TimeSpan.Zero, _policy.DueIn(State(isIdle: true)));

    [Theory]
    [InlineData(10, 0, 40)]
    [InlineData(10, 80, 20)]
    [InlineData(50, 0, 0)]
    [InlineData(49, 0, 1)]
    public void An_idle_worker_leaves_half_of_the_interval_between_two_commits(int sinceLast, int oldest, int expected) =>
        Assert.Equal(TimeSpan.FromMilliseconds(expected), _policy.DueIn(State(isIdle: true, oldest: oldest, sinceLast: sinceLast)));

    [Fact]
    public void A_busy_worker_waits_for_the_interval() =>
        Assert.Equal(TimeSpan.FromMilliseconds(70), _policy.DueIn(State(oldest: 30)));

    [Theory]
    [InlineData(20, 50)]
    [InlineData(90, 20)]
    public void What_a_commit_takes_is_a_part_of_the_interval_but_at_most_half_of_it(int commitTime, int expected) =>
        Assert.Equal(TimeSpan.FromMilliseconds(expected), _policy.DueIn(State(oldest: 30) with { CommitTime = TimeSpan.FromMilliseconds(commitTime) }));

    [Theory]
    [InlineData(50, 10, 0)]
    [InlineData(1, 1000, 0)]
    [InlineData(1, 10, 100)]
    public void Count_bytes_and_interval_each_make_it_due(int results, long bytes, int milliseconds) =>
        Assert.Equal(TimeSpan.Zero, _policy.DueIn(State(results: results, bytes: bytes, oldest: milliseconds)));

    [Theory]
    [InlineData(0, true, 1000, 0)]
    [InlineData(50, false, 1000, 150)]
    [InlineData(200, false, 1000, 0)]
    [InlineData(0, true, 30, 70)]
    public void Offsets_without_results_are_not_committed_one_by_one(int oldest, bool isIdle, int sinceLast, int expected) => Assert.Equal(
        TimeSpan.FromMilliseconds(expected),
        new CommitPolicy(TimeSpan.Zero).DueIn(State(results: 0, bytes: 0, oldest: oldest, isIdle: isIdle, sinceLast: sinceLast)));

    [Fact]
    public void After_an_abort_even_an_overdue_commit_waits_a_little() =>
        Assert.Equal(TimeSpan.FromMilliseconds(15), _policy.DueIn(State(results: 1000, oldest: 500, sinceLast: 5) with { LastAborted = true }));

    private static CommitState State(
        bool hasProgress = true, int results = 1, long bytes = 10, int oldest = 0, bool isIdle = false, int? sinceLast = null) => new(
        hasProgress, results, bytes, TimeSpan.FromMilliseconds(oldest), isIdle, sinceLast is { } ms ? TimeSpan.FromMilliseconds(ms) : TimeSpan.MaxValue);
}
