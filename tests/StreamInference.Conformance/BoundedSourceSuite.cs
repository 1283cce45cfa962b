using StreamInference.Commit;
using StreamInference.Kafka.Sinks;
using StreamInference.Kafka.Sources;
using StreamInference.Records;
using StreamInference.Sources;
using StreamInference.TestKit.Kafka;

namespace StreamInference.Conformance;

/// <summary>The contract of a source that reads a bound of each partition and then is done.</summary>
public abstract class BoundedSourceSuite
{
    /// <summary>The cluster under test; skips the test where there is none.</summary>
    protected abstract Task<KafkaCluster> ClusterAsync();

    private async Task<KafkaRig> RigAsync(int partitions = 1) => await new KafkaRig(await ClusterAsync()).SetUpAsync(partitions);

    [Fact]
    public async Task Only_the_offsets_of_the_bound_are_delivered_while_the_topic_grows()
    {
        using KafkaRig rig = await RigAsync();
        rig.FeedMany(0, 100);
        using Member member = new Member(rig.Bounded(new() { [0] = new(10, 60) })).Start();
        member.PollUntil(() => member.Records.Count > 0);
        rig.FeedMany(0, 500);
        member.PollUntil(() => member.Source.IsExhausted);
        Assert.Equal(Enumerable.Range(10, 50).Select(offset => (long)offset), member.Records.Select(record => record.Offset));
        Assert.Equal(60, member.Ended[0]);
        rig.FeedMany(0, 10);
        for (int i = 0; i < 10; i++) member.Poll(TimeSpan.FromMilliseconds(20));
        Assert.Equal(50, member.Records.Count);
        Assert.Equal(0, member.Source.Lag);
    }

    [Fact]
    public async Task A_bound_that_ends_in_aborted_records_and_markers_is_reached()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "a", "b");
        rig.FeedAborted(0, "x", "y", "z");
        // Two records, three aborted ones and their marker.
        using Member member = new Member(rig.Bounded(new() { [0] = new(0, 6) })).Start();
        member.PollUntil(() => member.Source.IsExhausted);
        Assert.Equal(["a", "b"], member.Values);
        Assert.Equal(6, member.Ended[0]);
    }

    [Fact]
    public async Task A_bound_within_aborted_records_is_reached_by_the_record_behind_it()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "a");
        rig.FeedAborted(0, "x", "y", "z");
        await rig.FeedAsync(0, "behind");
        using Member member = new Member(rig.Bounded(new() { [0] = new(0, 3) })).Start();
        member.PollUntil(() => member.Source.IsExhausted);
        Assert.Equal(["a"], member.Values);
        Assert.Equal(3, member.Ended[0]);
    }

    [Fact]
    public async Task Empty_partitions_and_empty_bounds_end_at_once()
    {
        using KafkaRig rig = await RigAsync(3);
        rig.FeedMany(1, 5);
        rig.FeedMany(2, 5);
        using Member member = new Member(rig.Bounded(new() { [0] = new(0, 0), [1] = new(2, 2), [2] = new(0, 5) })).Start();
        member.PollUntil(() => member.Source.IsExhausted);
        Assert.All(member.Records, record => Assert.Equal(2, record.Assignment.Partition));
        Assert.Equal(5, member.Records.Count);
        Assert.Equal((0, 2, 5), (member.Ended[0], member.Ended[1], member.Ended[2]));
    }

    [Fact]
    public async Task A_source_closed_before_it_took_notice_of_its_partitions_takes_none()
    {
        using KafkaRig rig = await RigAsync(4);
        rig.FeedMany(0, 5);
        using Member member = new Member(rig.Bounded(new() { [0] = new(0, 5) })).Start();
        rig.AwaitAssignment();
        // The close serves the assignment; a client that closes tells no committed offset, however long it is asked.
        member.Source.Close();
        Assert.Empty(member.Assigned);
        Assert.Empty(member.Lost);
    }

    [Fact]
    public async Task A_source_that_is_disposed_before_it_took_notice_of_its_partitions_is_gone_at_once()
    {
        using KafkaRig rig = await RigAsync(4);
        KafkaRecordSource source = rig.Bounded(new() { [0] = new(0, 5) });
        Member member = new Member(source).Start();
        rig.AwaitAssignment();
        source.Dispose();
        Assert.Empty(member.Assigned);
    }

    [Fact]
    public async Task A_partition_that_is_not_named_delivers_nothing()
    {
        using KafkaRig rig = await RigAsync(2);
        rig.FeedMany(0, 5);
        rig.FeedMany(1, 5);
        using Member member = new Member(rig.Bounded(new() { [1] = new(0, 5) })).Start();
        member.PollUntil(() => member.Source.IsExhausted);
        Assert.All(member.Records, record => Assert.Equal(1, record.Assignment.Partition));
        Assert.Equal(5, member.Records.Count);
    }

    [Fact]
    public async Task A_second_source_of_the_group_goes_on_at_the_committed_offset()
    {
        using KafkaRig rig = await RigAsync();
        rig.FeedMany(0, 20);
        Dictionary<int, OffsetRange> bounds = new() { [0] = new(5, 15) };
        using (Member first = new Member(rig.Bounded(bounds)).Start())
        {
            first.PollUntil(() => first.Records.Count == 10);
            using KafkaTransactionalSink sink = rig.Sink(first.Kafka);
            Assert.Equal(CommitOutcome.Committed, sink.Commit(Member.Echo(first.Records.Take(4))));
        }

        using Member second = new Member(rig.Bounded(bounds)).Start();
        second.PollUntil(() => second.Source.IsExhausted);
        Assert.Equal([9, 10, 11, 12, 13, 14], second.Records.Select(record => record.Offset));
    }

    [Fact]
    public async Task A_member_is_done_only_when_the_others_have_committed_their_parts()
    {
        using KafkaRig rig = await RigAsync(2);
        rig.FeedMany(0, 5);
        rig.FeedMany(1, 5);
        Dictionary<int, OffsetRange> bounds = new() { [0] = new(0, 5), [1] = new(0, 5) };
        using Member first = new Member(rig.Bounded(bounds)).Start();
        using Member second = new Member(rig.Bounded(bounds)).Start();
        first.PollUntil(() => first.Partitions.Count() == 1 && second.Partitions.Count() == 1, second);
        first.PollUntil(() => OwnRecords(first).Count == 5 && OwnRecords(second).Count == 5, second);
        using KafkaTransactionalSink firstSink = rig.Sink(first.Kafka, "1"), secondSink = rig.Sink(second.Kafka, "2");
        Assert.Equal(CommitOutcome.Committed, firstSink.Commit(Member.Echo(OwnRecords(first))));
        for (int i = 0; i < 20; i++) first.Poll(TimeSpan.FromMilliseconds(20));
        Assert.False(first.Source.IsExhausted && second.Source.IsExhausted);
        Assert.Equal(CommitOutcome.Committed, secondSink.Commit(Member.Echo(OwnRecords(second))));
        first.PollUntil(() => first.Source.IsExhausted && second.Source.IsExhausted, second);
    }

    [Fact]
    public async Task Offsets_that_are_gone_end_the_source_with_their_partition_in_the_message()
    {
        using KafkaRig rig = await RigAsync();
        rig.FeedMany(0, 50);
        await rig.ExpireAsync(0, 20);
        using Member member = new Member(rig.Bounded(new() { [0] = new(10, 40) })).Start();
        SourceFailedException failure = Assert.Throws<SourceFailedException>(() => member.PollUntil(() => member.Source.IsExhausted));
        Assert.False(failure.IsRecoverable);
        Assert.Contains(rig.Input, failure.Message, StringComparison.Ordinal);
        Assert.Empty(member.Records);
    }

    [Fact]
    public async Task Offsets_that_are_gone_are_passed_over_where_that_is_allowed()
    {
        using KafkaRig rig = await RigAsync();
        rig.FeedMany(0, 50);
        await rig.ExpireAsync(0, 20);
        using Member member = new Member(rig.Bounded(new() { [0] = new(10, 40) }, reset: "earliest")).Start();
        member.PollUntil(() => member.Source.IsExhausted);
        Assert.Equal(Enumerable.Range(20, 20).Select(offset => (long)offset), member.Records.Select(record => record.Offset));
    }

    [Fact]
    public async Task A_bound_that_the_topic_no_longer_reaches_is_a_failure()
    {
        using KafkaRig rig = await RigAsync();
        rig.FeedMany(0, 5);
        using Member member = new Member(rig.Bounded(new() { [0] = new(0, 9) })).Start();
        SourceFailedException failure = Assert.Throws<SourceFailedException>(() => member.PollUntil(() => member.Source.IsExhausted));
        Assert.Contains("ends at 5, before the bound 9", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pause_loses_no_record_and_no_end()
    {
        using KafkaRig rig = await RigAsync();
        rig.FeedMany(0, 200);
        using Member member = new Member(rig.Bounded(new() { [0] = new(0, 200) })).Start();
        member.PollUntil(() => member.Records.Count > 0);
        for (int round = 0; round < 20 && !member.Source.IsExhausted; round++)
        {
            member.Source.Pause();
            for (int i = 0; i < 3; i++) member.Poll(TimeSpan.FromMilliseconds(5));
            member.Source.Resume();
            member.Poll(TimeSpan.FromMilliseconds(20), maxRecords: 7);
        }

        member.PollUntil(() => member.Source.IsExhausted);
        Assert.Equal(Enumerable.Range(0, 200).Select(offset => (long)offset), member.Records.Select(record => record.Offset));
    }

    private static List<StreamRecord> OwnRecords(Member member) => member.Records.FindAll(record => record.Assignment.IsActive);
}
