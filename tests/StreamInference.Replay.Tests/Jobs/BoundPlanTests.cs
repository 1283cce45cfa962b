using StreamInference.Replay.Jobs;
using StreamInference.Replay.Reports;
using StreamInference.Sources;

namespace StreamInference.Replay.Tests.Jobs;

public sealed class BoundPlanTests
{
    private static readonly Dictionary<int, OffsetRange> Topic = new() { [0] = new(100, 1000), [1] = new(0, 0), [2] = new(50, 60) };
    private static readonly Dictionary<int, long> None = [];

    [Fact]
    public void Earliest_to_latest_is_everything_that_is_there()
    {
        Assert.Equal([new(0, 100, 1000), new(1, 0, 0), new(2, 50, 60)], Fix(new ReplayPoint.Earliest(), new ReplayPoint.Latest()));
    }

    [Fact]
    public void A_time_without_a_later_record_is_the_end()
    {
        ReplayPoint at = new ReplayPoint.At(DateTimeOffset.UnixEpoch);
        Assert.Equal(
            [new(0, 500, 1000), new(1, 0, 0), new(2, 60, 60)],
            Fix(at, new ReplayPoint.Latest(), fromTimes: new() { [0] = 500, [1] = -1, [2] = -1 }));
    }

    [Fact]
    public void A_begin_behind_the_end_by_time_is_an_empty_part()
    {
        ReplayPoint at = new ReplayPoint.At(DateTimeOffset.UnixEpoch);
        Assert.Equal(new PartitionBound(0, 300, 300), Fix(at, at, new() { [0] = 500 }, new() { [0] = 300 })[0]);
    }

    [Fact]
    public void Partitions_that_offsets_do_not_name_are_left_out()
    {
        ReplayPoint to = new ReplayPoint.Offsets(new Dictionary<int, long> { [0] = 400 });
        Assert.Equal([new(0, 100, 400)], Fix(new ReplayPoint.Earliest(), to));
    }

    [Fact]
    public void Everything_that_is_wrong_is_named_at_once()
    {
        List<string> errors = [];
        BoundPlan.Fix(
            new ReplayPoint.Offsets(new Dictionary<int, long> { [0] = 900, [2] = 50, [7] = 1 }),
            new ReplayPoint.Offsets(new Dictionary<int, long> { [0] = 800, [2] = 61 }),
            Topic, None, None, errors);
        Assert.Equal(
            ["the topic has no partition 7; it has 3", "partition 0: the begin 900 lies behind the end 800", "partition 2 ends at 60, before 61"],
            errors);
    }

    [Fact]
    public void Gone_is_what_is_still_to_be_done_and_no_longer_there()
    {
        PartitionBound[] bounds = [new(0, 10, 500), new(1, 0, 0), new(2, 20, 55), new(3, 0, 40)];
        Dictionary<int, OffsetRange> topic = new() { [0] = new(100, 1000), [1] = new(0, 0), [2] = new(90, 100), [3] = new(30, 100) };
        // Partition 0 expired in part, 2 whole, 3 only where it was done already.
        Assert.Equal([new GoneRange(0, 70, 100), new GoneRange(2, 20, 55)], BoundPlan.FindGone(bounds, new Dictionary<int, long> { [0] = 70, [3] = 35 }, topic));
    }

    private static IReadOnlyList<PartitionBound> Fix(ReplayPoint from, ReplayPoint to, Dictionary<int, long>? fromTimes = null, Dictionary<int, long>? toTimes = null)
    {
        List<string> errors = [];
        IReadOnlyList<PartitionBound> bounds = BoundPlan.Fix(from, to, Topic, fromTimes ?? None, toTimes ?? None, errors);
        Assert.Empty(errors);
        return bounds;
    }
}
