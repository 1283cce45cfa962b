using System.Text;
using Confluent.Kafka;
using StreamInference.Commit;
using StreamInference.Configuration;
using StreamInference.Kafka.Sinks;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.TestKit.Kafka;

namespace StreamInference.Conformance;

/// <summary>The contract of source and sink together: consume, transform, produce, once.</summary>
public abstract class TransactionalSinkSuite
{
    // Within the topics' retention: a real broker deletes what is older at its next look.
    private static readonly long Recent = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 3_600_000;

    /// <summary>The cluster under test; skips the test where there is none.</summary>
    protected abstract Task<KafkaCluster> ClusterAsync();

    private async Task<KafkaRig> RigAsync(int partitions = 1, IReadOnlyDictionary<string, string>? outputConfigs = null) =>
        await new KafkaRig(await ClusterAsync()).SetUpAsync(partitions, outputConfigs);

    [Fact]
    public async Task Results_and_offsets_become_visible_together()
    {
        using KafkaRig rig = await RigAsync(2);
        await rig.FeedAsync(0, "a", "b");
        await rig.FeedAsync(1, "c");
        using Member member = new(rig.Source());
        KafkaTransactionalSink sink = rig.Sink(member.Kafka);
        member.Start().PollUntil(() => member.Records.Count == 3);
        Expect(CommitOutcome.Committed, sink, Member.Echo(member.Records));
        Assert.Null(sink.LastError);
        Assert.Equal(["a", "b", "c"], rig.ReadValues(rig.Output).Order());
        Assert.Equal((2, 1), (await rig.CommittedAsync(0), await rig.CommittedAsync(1)));
    }

    [Fact]
    public async Task The_next_worker_goes_on_at_the_committed_offset()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "a", "b", "c", "d");
        using (Member first = new(rig.Source("w")))
        {
            KafkaTransactionalSink sink = rig.Sink(first.Kafka);
            first.Start().PollUntil(() => first.Records.Count == 4);
            Expect(CommitOutcome.Committed, sink, Member.Echo(first.Records.Take(1)));
            Expect(CommitOutcome.Committed, sink, Member.Echo(first.Records.Skip(1).Take(1)));
        }

        using Member second = new Member(rig.Source("w")).Start();
        second.PollUntil(() => second.Records.Count == 2);
        Assert.Equal(["c", "d"], second.Values);
    }

    [Fact]
    public async Task A_result_record_carries_key_timestamp_and_headers()
    {
        using KafkaRig rig = await RigAsync();
        Headers headers = new() { { "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"u8.ToArray() }, { "other", "x"u8.ToArray() } };
        await rig.FeedAsync(0, "card-17"u8.ToArray(), "v"u8.ToArray(), headers, Recent);
        using Member member = new(rig.Source());
        KafkaTransactionalSink sink = rig.Sink(member.Kafka);
        member.Start().PollUntil(() => member.Records.Count == 1);
        sink.Commit(Member.Echo(member.Records));
        ConsumeResult<byte[]?, byte[]?> result = rig.Read(rig.Output).Single();
        Assert.Equal("card-17", Encoding.UTF8.GetString(result.Message.Key!));
        Assert.Equal(Recent, result.Message.Timestamp.UnixTimestampMs);
        Assert.Equal(
            [
                "si-pipeline=test-pipeline", "si-model=echo", "si-version=7", $"si-source={rig.Input}/0/0", "si-seq=0", "si-final=true",
                "traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            ],
            HeadersOf(result));
    }

    [Theory]
    [InlineData(ResultHeaders.Source, 1)]
    [InlineData(ResultHeaders.None, 0)]
    public async Task Headers_can_be_reduced(ResultHeaders headers, int count)
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "v");
        using Member member = new(rig.Source());
        KafkaTransactionalSink sink = rig.Sink(member.Kafka, with: options => options with { Headers = headers });
        member.Start().PollUntil(() => member.Records.Count == 1);
        sink.Commit(Member.Echo(member.Records));
        Assert.Equal(new[] { $"si-source={rig.Input}/0/0" }.Take(count), HeadersOf(rig.Read(rig.Output).Single()));
    }

    [Fact]
    public async Task Several_results_of_a_record_keep_their_order_and_their_flags()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "prompt");
        using Member member = new(rig.Source());
        KafkaTransactionalSink sink = rig.Sink(member.Kafka);
        member.Start().PollUntil(() => member.Records.Count == 1);
        ResultBatch batch = new() { Model = new ModelIdentity("llm", 1) };
        for (int i = 0; i < 3; i++)
        {
            batch.Write(Encoding.UTF8.GetBytes($"token-{i}"));
            batch.Add(member.Records[0], i, i == 2);
        }

        sink.Commit(Member.Finish(new CommitRequest(), batch, new() { [member.Records[0].Assignment] = 1 }));
        List<ConsumeResult<byte[]?, byte[]?>> results = rig.Read(rig.Output);
        Assert.Equal(["token-0", "token-1", "token-2"], results.Select(result => Encoding.UTF8.GetString(result.Message.Value!)));
        Assert.Equal(["0 false", "1 false", "2 true"], results.Select(result => $"{HeaderOf(result, "si-seq")} {HeaderOf(result, "si-final")}"));
    }

    [Fact]
    public async Task Keys_lie_where_Java_producers_put_them()
    {
        using KafkaRig rig = await RigAsync();
        rig.FeedMany(0, 200);
        using Member member = new(rig.Source());
        KafkaTransactionalSink sink = rig.Sink(member.Kafka);
        member.Start().PollUntil(() => member.Records.Count == 200);
        sink.Commit(Member.Echo(member.Records));
        List<ConsumeResult<byte[]?, byte[]?>> results = rig.Read(rig.Output);
        Assert.Equal(200, results.Count);
        Assert.All(results, result => Assert.Equal((JavaMurmur2.Hash(result.Message.Key!) & 0x7fffffff) % 4, result.Partition.Value));
    }

    [Fact]
    public async Task Null_keys_and_empty_values_pass_through()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, null, "v"u8.ToArray());
        using Member member = new(rig.Source());
        KafkaTransactionalSink sink = rig.Sink(member.Kafka);
        member.Start().PollUntil(() => member.Records.Count == 1);
        ResultBatch batch = new();
        batch.Add(member.Records[0]);
        sink.Commit(Member.Finish(new CommitRequest(), batch, new() { [member.Records[0].Assignment] = 1 }));
        ConsumeResult<byte[]?, byte[]?> result = rig.Read(rig.Output).Single();
        Assert.Null(result.Message.Key);
        Assert.Equal([], result.Message.Value!);
    }

    [Fact]
    public async Task A_dead_letter_is_the_original_and_the_reason()
    {
        using KafkaRig rig = await RigAsync();
        Headers headers = new() { { "h", "1"u8.ToArray() }, { "none", null }, { "h", "2"u8.ToArray() } };
        await rig.FeedAsync(0, "key"u8.ToArray(), [0, 255, 1], headers, Recent);
        await rig.FeedAsync(0, null, null);
        using Member member = new(rig.Source());
        KafkaTransactionalSink sink = rig.Sink(member.Kafka);
        member.Start().PollUntil(() => member.Records.Count == 2);
        ResultBatch batch = new();
        batch.AddFailure(member.Records[0], new RecordError(RecordErrorCodes.MalformedJson, "no JSON at byte 0"));
        batch.AddFailure(member.Records[1], new RecordError(RecordErrorCodes.NullValue, "the value is null"));
        sink.Commit(Member.Finish(new CommitRequest(), batch, new() { [member.Records[0].Assignment] = 2 }));
        Assert.Empty(rig.Read(rig.Output));
        List<ConsumeResult<byte[]?, byte[]?>> letters = rig.Read(rig.DeadLetters);
        Assert.Equal([0, 255, 1], letters[0].Message.Value!);
        Assert.Equal("key", Encoding.UTF8.GetString(letters[0].Message.Key!));
        Assert.Equal(Recent, letters[0].Message.Timestamp.UnixTimestampMs);
        Assert.Equal(
            ["h=1", "none=", "h=2", "si-error=malformed_json", "si-error-detail=no JSON at byte 0", $"si-source={rig.Input}/0/0", "si-pipeline=test-pipeline"],
            HeadersOf(letters[0]));
        Assert.Null(letters[1].Message.Value);
        Assert.Equal(2, await rig.CommittedAsync(0));
    }

    [Fact]
    public async Task A_result_that_the_broker_does_not_take_becomes_a_dead_letter_and_the_others_go_out()
    {
        using KafkaRig rig = await RigAsync(outputConfigs: new Dictionary<string, string> { ["max.message.bytes"] = "20000" });
        for (int i = 0; i < 50; i++) await rig.FeedAsync(0, $"k{i}");
        using Member member = new(rig.Source());
        KafkaTransactionalSink sink = rig.Sink(member.Kafka);
        member.Start().PollUntil(() => member.Records.Count == 50);
        ResultBatch batch = new();
        foreach (StreamRecord record in member.Records)
        {
            // Two are too large alone; the small ones are refused with whatever set they travel in.
            batch.Write(new byte[record.Offset is 7 or 30 ? 30_000 : 1_000]);
            batch.Add(record);
        }

        Expect(CommitOutcome.Committed, sink, Member.Finish(new CommitRequest(), batch, new() { [member.Records[0].Assignment] = 50 }));
        Assert.Equal(48, rig.Read(rig.Output).Count);
        List<ConsumeResult<byte[]?, byte[]?>> letters = rig.Read(rig.DeadLetters);
        Assert.Equal(["k30", "k7"], letters.Select(letter => Encoding.UTF8.GetString(letter.Message.Value!)).Order());
        Assert.All(letters, letter => Assert.Equal("result_too_large", HeaderOf(letter, "si-error")));
        Assert.Equal(50, await rig.CommittedAsync(0));
    }

    [Fact]
    public async Task A_result_that_the_client_does_not_take_becomes_a_dead_letter()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "large", "small");
        using Member member = new(rig.Source());
        KafkaTransactionalSink sink = rig.Sink(
            member.Kafka,
            with: options => options with { Settings = rig.Settings(("message.max.bytes", "5000"), ("batch.size", "5000")) });
        member.Start().PollUntil(() => member.Records.Count == 2);
        ResultBatch batch = new();
        batch.Write(new byte[10_000]);
        batch.Add(member.Records[0]);
        batch.Write("small"u8);
        batch.Add(member.Records[1]);
        Expect(CommitOutcome.Committed, sink, Member.Finish(new CommitRequest(), batch, new() { [member.Records[0].Assignment] = 2 }));
        Assert.Equal(["small"], rig.ReadValues(rig.Output));
        Assert.Equal(["large"], rig.ReadValues(rig.DeadLetters));
    }

    [Fact]
    public async Task A_dead_letter_that_the_broker_does_not_take_goes_out_without_its_value()
    {
        using KafkaRig rig = await RigAsync(outputConfigs: new Dictionary<string, string> { ["max.message.bytes"] = "20000" });
        await rig.FeedAsync(0, "key"u8.ToArray(), new byte[100_000]);
        using Member member = new(rig.Source());
        KafkaTransactionalSink sink = rig.Sink(member.Kafka);
        member.Start().PollUntil(() => member.Records.Count == 1);
        ResultBatch batch = new();
        batch.AddFailure(member.Records[0], new RecordError(RecordErrorCodes.RecordTooLarge, "too large"));
        Expect(CommitOutcome.Committed, sink, Member.Finish(new CommitRequest(), batch, new() { [member.Records[0].Assignment] = 1 }));
        ConsumeResult<byte[]?, byte[]?> letter = rig.Read(rig.DeadLetters).Single();
        Assert.Null(letter.Message.Value);
        Assert.Equal(("record_too_large", "true"), (HeaderOf(letter, "si-error"), HeaderOf(letter, "si-value-omitted")));
        Assert.Equal(1, await rig.CommittedAsync(0));
    }

    [Fact]
    public async Task Results_without_the_offset_of_their_partition_are_refused()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "a");
        using Member member = new(rig.Source());
        KafkaTransactionalSink sink = rig.Sink(member.Kafka);
        member.Start().PollUntil(() => member.Records.Count == 1);
        CommitRequest request = Member.Echo(member.Records);
        request.Offsets.Clear();
        Assert.Throws<ArgumentException>(() => sink.Commit(request));
        Expect(CommitOutcome.Committed, sink, Member.Echo(member.Records));
        Assert.Equal(["a"], rig.ReadValues(rig.Output));
    }

    [Fact]
    public async Task Offsets_alone_are_committed()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "a");
        using Member member = new(rig.Source());
        KafkaTransactionalSink sink = rig.Sink(member.Kafka);
        member.Start().PollUntil(() => member.Records.Count == 1);
        Expect(CommitOutcome.Committed, sink, Member.Finish(new CommitRequest(), new ResultBatch(), new() { [member.Records[0].Assignment] = 1 }));
        Assert.Equal(1, await rig.CommittedAsync(0));
        Assert.Empty(rig.Read(rig.Output));
    }

    [Fact]
    public async Task A_newer_producer_of_the_same_slot_fences_the_older()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "a");
        using Member member = new(rig.Source());
        KafkaTransactionalSink older = rig.Sink(member.Kafka);
        member.Start().PollUntil(() => member.Records.Count == 1);
        KafkaTransactionalSink newer = rig.Sink(member.Kafka);
        Expect(CommitOutcome.Fenced, older, Member.Echo(member.Records, "-older"));
        Assert.NotNull(older.LastError);
        Expect(CommitOutcome.Committed, newer, Member.Echo(member.Records, "-newer"));
        Assert.Equal(["a-newer"], rig.ReadValues(rig.Output));
    }

    [Fact]
    public async Task The_last_commit_inside_revoke_counts()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "a");
        Member member = new(rig.Source());
        KafkaTransactionalSink sink = rig.Sink(member.Kafka);
        member.Start().PollUntil(() => member.Records.Count == 1);
        CommitOutcome? last = null;
        member.WhenRevoked = _ => last = sink.Commit(Member.Echo(member.Records));
        member.Source.Close();
        Assert.Equal(CommitOutcome.Committed, last);
        Expect(CommitOutcome.Aborted, sink, Member.Echo(member.Records, "-again"));
        Assert.Equal(["a"], rig.ReadValues(rig.Output));
        member.Dispose();
    }

    [Fact]
    public async Task An_abandoned_transaction_is_settled_by_the_next_producer_of_its_slot()
    {
        using KafkaRig rig = await RigAsync();
        await rig.FeedAsync(0, "a");
        Member first = new(rig.Source("w"));
        KafkaTransactionalSink abandoned = rig.Sink(rig.SinkOptions("w"), first.Kafka, producer => new StopsBefore(producer, nameof(ITransactionalProducer.Commit)));
        first.Start().PollUntil(() => first.Records.Count == 1);
        Assert.Throws<StoppedException>(() => abandoned.Commit(Member.Echo(first.Records, "-abandoned")));
        first.Release();
        first.Source.Dispose();

        using Member second = new(rig.Source("w"));
        KafkaTransactionalSink sink = rig.Sink(second.Kafka, "w");
        second.Start().PollUntil(() => second.Records.Count == 1);
        Expect(CommitOutcome.Committed, sink, Member.Echo(second.Records, "-second"));
        Assert.Equal(["a-second"], rig.ReadValues(rig.Output));
    }

    private static void Expect(CommitOutcome outcome, KafkaTransactionalSink sink, CommitRequest request)
    {
        CommitOutcome actual = sink.Commit(request);
        Assert.True(outcome == actual, $"{actual}: {sink.LastError}");
    }

    private static IEnumerable<string> HeadersOf(ConsumeResult<byte[]?, byte[]?> record) =>
        record.Message.Headers.Select(header => $"{header.Key}={Encoding.UTF8.GetString(header.GetValueBytes() ?? [])}");

    private static string HeaderOf(ConsumeResult<byte[]?, byte[]?> record, string name) => Encoding.UTF8.GetString(record.Message.Headers.GetLastBytes(name));
}
