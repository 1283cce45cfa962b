using System.Text;
using Confluent.Kafka;
using StreamInference.Kafka.Native;
using StreamInference.Progress;
using StreamInference.Records;
using StreamInference.Sources;
using StreamInference.TestKit.Kafka;

namespace StreamInference.Conformance;

/// <summary>The contract of a source that is a member of a consumer group.</summary>
public abstract class RecordSourceSuite
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    /// <summary>The cluster under test; skips the test where there is none.</summary>
    protected abstract Task<KafkaCluster> ClusterAsync();

    /// <summary>Properties of the sources under test.</summary>
    protected virtual IReadOnlyList<(string Key, string Value)> Settings => [];

    private async Task<KafkaRig> RigAsync(int partitions = 1) => await new KafkaRig(await ClusterAsync()) { SourceSettings = Settings }.SetUpAsync(partitions);

    [Fact]
    public async Task Records_come_whole_and_in_offset_order()
    {
        using KafkaRig rig = await RigAsync(2);
        Headers headers = new() { { "h", "first"u8.ToArray() }, { "n", null }, { "h", "last"u8.ToArray() } };
        // Within the topic's retention: a real broker deletes what is older at its next look.
        long timestamp = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 3_600_123;
        await rig.FeedAsync(0, "key"u8.ToArray(), "value"u8.ToArray(), headers, timestamp);
        rig.FeedMany(1, 3000);
        using Member member = new Member(rig.Source()).Start();
        member.PollUntil(() => member.Records.Count == 3001);

        StreamRecord single = member.Records.Single(record => record.Assignment.Partition == 0);
        Assert.Equal("key", Encoding.UTF8.GetString(single.Key));
        Assert.Equal("value", Encoding.UTF8.GetString(single.Value));
        Assert.Equal(timestamp, single.Timestamp);
        Assert.Equal(new RecordId(rig.Input, 0, 0), single.Id);
        Assert.True(single.TryGetHeader("h", out ReadOnlySpan<byte> last));
        Assert.Equal("last", Encoding.UTF8.GetString(last));
        Assert.True(single.TryGetHeader("n", out ReadOnlySpan<byte> none) && none.IsEmpty);
        Assert.False(single.TryGetHeader("absent", out _));
        List<KeyValuePair<string, byte[]?>> copied = [];
        single.CopyHeaders(copied);
        Assert.Equal(["h=first", "n=null", "h=last"], copied.Select(header => $"{header.Key}={(header.Value is null ? "null" : Encoding.UTF8.GetString(header.Value))}"));
        Assert.Equal(Enumerable.Range(0, 3000).Select(i => $"1:{i}"), member.Records.Where(record => record.Assignment.Partition == 1).Select(record => Encoding.UTF8.GetString(record.Value)));
        Assert.Equal(Enumerable.Range(0, 3000).Select(i => (long)i), member.Records.Where(record => record.Assignment.Partition == 1).Select(record => record.Offset));
    }

    [Fact]
    public async Task Null_and_empty_keys_and_values_are_told_apart()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, null, null);
        await rig.FeedAsync(0, [], []);
        using Member member = new Member(rig.Source()).Start();
        member.PollUntil(() => member.Records.Count == 2);
        Assert.Equal((false, false), (member.Records[0].HasKey, member.Records[0].HasValue));
        Assert.Equal((true, true), (member.Records[1].HasKey, member.Records[1].HasValue));
        Assert.True(member.Records.TrueForAll(record => record.Key.IsEmpty && record.Value.IsEmpty));
    }

    [Fact]
    public async Task Aborted_records_are_never_delivered()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "before");
        rig.FeedAborted(0, "aborted-1", "aborted-2");
        await rig.FeedAsync(0, "after");
        using Member member = new Member(rig.Source()).Start();
        member.PollUntil(() => member.Values.Contains("after"));
        Assert.Equal(["before", "after"], member.Values);
    }

    [Fact]
    public async Task A_poll_appends_at_most_what_was_asked_for()
    {
        using KafkaRig rig = await RigAsync();
        rig.FeedMany(0, 500);
        using Member member = new Member(rig.Source()).Start();
        member.PollUntil(() => member.Records.Count > 0);
        int before = member.Records.Count;
        while (member.Records.Count < 500) member.Poll(TimeSpan.FromSeconds(1), maxRecords: 7);
        Assert.True(before < 500 || member.Records.Count == 500);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"0:{i}"), member.Values);
    }

    [Fact]
    public async Task A_restore_that_fails_is_not_waited_for_with_every_other_partition_too()
    {
        using KafkaRig rig = await RigAsync(3);
        UnreadableProgress progress = new();
        using Member member = new Member(rig.Restoring(progress)).Start();
        Assert.Equal("nobody answers", Assert.Throws<SourceFailedException>(() => member.PollUntil(() => false)).Message);
        Assert.Equal(1, progress.Looks);
    }

    [Fact]
    public async Task Wake_ends_a_running_wait()
    {
        using KafkaRig rig = await RigAsync();
        using Member member = new Member(rig.Source()).Start();
        member.PollUntil(() => member.Partitions.Any());
        using Timer timer = new(_ => member.Source.Wake(), null, 100, Timeout.Infinite);
        // The wait is far longer than the test may take: only the wake ends it.
        await Task.Run(() => member.Poll(TimeSpan.FromMinutes(10)), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Wake_ends_the_next_wait_when_none_is_running()
    {
        using KafkaRig rig = await RigAsync();
        using Member member = new Member(rig.Source()).Start();
        member.PollUntil(() => member.Partitions.Any());
        for (int i = 0; i < 50; i++)
        {
            member.Source.Wake();
            await Task.Run(() => member.Poll(TimeSpan.FromMinutes(10)), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("close,dispose,release")]
    [InlineData("close,release,dispose")]
    [InlineData("dispose,release")]
    public async Task A_lease_stays_readable_while_it_is_held_however_the_source_ends(string order)
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "held");
        Member member = new Member(rig.Source()).Start();
        member.PollUntil(() => member.Records.Count == 1);
        foreach (string step in order.Split(','))
        {
            if (step == "close") member.Source.Close();
            if (step == "dispose") member.Source.Dispose();
            if (step == "release") member.Release();
            else if (member.Records.Count > 0) Assert.Equal("held", member.Values.Single());
        }
    }

    [Fact]
    public async Task Members_share_the_partitions_and_nothing_stale_is_delivered()
    {
        using KafkaRig rig = await RigAsync(4);
        for (int partition = 0; partition < 4; partition++) rig.FeedMany(partition, 200);
        using Member first = new Member(rig.Source("a")).Start();
        first.PollUntil(() => first.Partitions.Count() == 4);
        using Member second = new Member(rig.Source("b")).Start();
        second.PollUntil(() => first.Partitions.Count() == 2 && second.Partitions.Count() == 2, first);
        Assert.Equal([0, 1, 2, 3], first.Partitions.Concat(second.Partitions).Order());
        Assert.Equal(2, first.Revoked.Count);
        Assert.True(first.Revoked.TrueForAll(assignment => !assignment.IsActive));
        Assert.Empty(first.Stale);
        Assert.Empty(second.Stale);
    }

    [Fact]
    public async Task An_assignment_is_active_until_its_handler_has_returned()
    {
        using KafkaRig rig = await RigAsync();
        Member member = new Member(rig.Source()).Start();
        member.PollUntil(() => member.Partitions.Any());
        bool activeInside = false;
        member.WhenRevoked = assignments => activeInside = assignments.All(assignment => assignment.IsActive);
        member.Dispose();
        Assert.True(activeInside);
        Assert.False(member.Revoked.Single().IsActive);
    }

    [Fact]
    public async Task A_partition_that_comes_back_is_another_stay()
    {
        using KafkaRig rig = await RigAsync(2);
        using Member first = new Member(rig.Source("a")).Start();
        first.PollUntil(() => first.Partitions.Count() == 2);
        Member second = new Member(rig.Source(slot: null)).Start();
        second.PollUntil(() => second.Partitions.Count() == 1, first);
        second.Dispose();
        first.PollUntil(() => first.Partitions.Count() == 2);
        Assert.Equal(3, first.Assigned.Count);
        Assert.Equal(3, first.Assigned.Distinct().Count());
        Assert.Equal(2, first.Assigned.Count(assignment => assignment.IsActive));
    }

    [Fact]
    public async Task A_paused_source_delivers_nothing_and_loses_nothing()
    {
        using KafkaRig rig = await RigAsync(2);
        rig.FeedMany(0, 2000);
        using Member member = new Member(rig.Source()).Start();
        member.PollUntil(() => member.Records.Count > 0);
        member.Source.Pause();
        int before = member.Records.Count;
        rig.FeedMany(1, 100);
        for (int i = 0; i < 30; i++) member.Poll(Soon, 1);
        Assert.Equal(before, member.Records.Count);
        member.Source.Resume();
        member.PollUntil(() => member.Records.Count == 2100);
        Assert.Equal(Enumerable.Range(0, 2000).Select(i => $"0:{i}"), member.Values.Where(value => value[0] == '0'));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"1:{i}"), member.Values.Where(value => value[0] == '1'));
    }

    [Fact]
    public async Task A_partition_taken_away_while_paused_does_not_come_back_paused()
    {
        using KafkaRig rig = await RigAsync(2);
        using Member first = new Member(rig.Source("a")).Start();
        first.PollUntil(() => first.Partitions.Count() == 2);
        first.Source.Pause();
        Member second = new Member(rig.Source(slot: null)).Start();
        second.PollUntil(() => second.Partitions.Count() == 1, first);
        int moved = second.Partitions.Single();
        first.Source.Resume();
        first.Poll(Soon);
        second.Dispose();
        first.PollUntil(() => first.Partitions.Count() == 2);
        await rig.FeedAsync(moved, "to the one that came back");
        first.PollUntil(() => first.Records.Count == 1);
        Assert.Equal(moved, first.Records[0].Assignment.Partition);
    }

    [Fact]
    public async Task A_partition_assigned_during_a_pause_is_paused_too()
    {
        using KafkaRig rig = await RigAsync(2);
        Member second = new Member(rig.Source(slot: null)).Start();
        using Member first = new Member(rig.Source("a")).Start();
        first.PollUntil(() => first.Partitions.Count() == 1 && second.Partitions.Count() == 1, second);
        first.Source.Pause();
        for (int i = 0; i < 5; i++) first.Poll(Soon, 1);
        int arriving = second.Partitions.Single();
        second.Dispose();
        await rig.FeedAsync(arriving, "while paused");
        first.PollUntil(() => first.Partitions.Count() == 2);
        for (int i = 0; i < 30; i++) first.Poll(Soon, 1);
        Assert.Empty(first.Records);
        first.Source.Resume();
        first.PollUntil(() => first.Records.Count == 1);
        Assert.Equal("while paused", first.Values.Single());
    }

    [Fact]
    public async Task Close_leaves_the_group_so_that_others_take_over_at_once()
    {
        using KafkaRig rig = await RigAsync(2);
        Member leaving = new Member(rig.Source(slot: null)).Start();
        using Member staying = new Member(rig.Source(slot: null)).Start();
        staying.PollUntil(() => leaving.Partitions.Count() == 1 && staying.Partitions.Count() == 1, leaving);
        leaving.Source.Close();
        Assert.Single(leaving.Assigned, assignment => leaving.Revoked.Contains(assignment) && !staying.Partitions.Contains(assignment.Partition));
        Assert.Empty(leaving.Partitions);
        staying.PollUntil(() => staying.Partitions.Count() == 2);
        leaving.Dispose();
    }

    [Fact]
    public async Task A_listener_that_throws_fails_the_poll_and_not_the_client()
    {
        using KafkaRig rig = await RigAsync();
        using Member member = new Member(rig.Source()).Start();
        member.WhenAssigned = _ => throw new InvalidOperationException("from the listener");
        SourceFailedException failure = Assert.Throws<SourceFailedException>(() => member.PollUntil(() => false));
        Assert.True(failure.IsRecoverable);
        Assert.Equal("from the listener", failure.InnerException!.Message);
    }

    [Fact]
    public async Task An_unknown_topic_fails_for_good()
    {
        using KafkaRig rig = await RigAsync();
        using Member member = new Member(rig.Source(topic: rig.Input + "-absent")).Start();
        SourceFailedException failure = Assert.Throws<SourceFailedException>(() => member.PollUntil(() => false));
        Assert.False(failure.IsRecoverable);
        Assert.Contains(rig.Input + "-absent", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lag_counts_what_was_not_delivered()
    {
        using KafkaRig rig = await RigAsync();
        rig.FeedMany(0, 100);
        using Member member = new Member(rig.Source()).Start();
        Assert.Equal(-1, member.Source.Lag);
        while (member.Records.Count < 10) member.Poll(TimeSpan.FromSeconds(1), 10 - member.Records.Count);
        Assert.Equal(90, member.Source.Lag);
        member.PollUntil(() => member.Records.Count == 100);
        Assert.Equal(0, member.Source.Lag);
    }

    [Fact]
    public async Task A_fatal_error_of_the_client_ends_the_source_and_a_new_one_may_succeed()
    {
        using KafkaRig rig = await RigAsync();
        using Member member = new Member(rig.Source()).Start();
        member.PollUntil(() => member.Partitions.Any());
        LibRdKafka.rd_kafka_test_fatal_error(member.Kafka.Client, KafkaErrorCode.FencedInstance, "as if fenced");
        SourceFailedException failure = Assert.Throws<SourceFailedException>(() => member.PollUntil(() => false));
        Assert.True(failure.IsRecoverable);
        Assert.Contains("as if fenced", failure.Message, StringComparison.Ordinal);
    }

    private sealed class UnreadableProgress : IProgressStore
    {
        public int Looks { get; private set; }

        public long FindEnd(int partition)
        {
            Looks++;
            throw new SourceFailedException("nobody answers", isRecoverable: true);
        }

        public RestoredProgress Restore(int partition, long committedOffset, long end) => throw new InvalidOperationException("no end was found");

        public void Dispose()
        {
        }
    }
}
