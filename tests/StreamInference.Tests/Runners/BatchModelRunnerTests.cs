using System.Buffers;
using System.Diagnostics;
using System.Text;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Tests.Runners;

public sealed class BatchModelRunnerTests
{
    [Fact]
    public async Task Batches_come_back_in_order_with_a_result_for_each_record()
    {
        await using BatchModelRunner runner = new(new EchoModel(), TimeProvider.System, queueCapacity: 4);
        for (int i = 0; i < 3; i++) Assert.True(runner.TrySubmit(MemoryRecord.Batch([MemoryRecord.Of("k", $"{i}a"), MemoryRecord.Of("k", $"{i}b")])));
        for (int i = 0; i < 3; i++)
        {
            ResultBatch results = await runner.Results.ReadAsync(TestContext.Current.CancellationToken);
            Assert.Equal($"{i}a", Encoding.UTF8.GetString(results.ValueOf(results.Results[0])));
            Assert.Equal($"{i}b", Encoding.UTF8.GetString(results.ValueOf(results.Results[1])));
            runner.Recycle(results);
        }
    }

    [Fact]
    public async Task A_full_queue_refuses()
    {
        EchoModel model = new() { Gate = new SemaphoreSlim(0) };
        await using BatchModelRunner runner = new(model, TimeProvider.System, queueCapacity: 1);
        Assert.True(runner.TrySubmit(One()));
        await model.Entered.WaitAsync(TestContext.Current.CancellationToken);
        Assert.True(runner.TrySubmit(One()));
        Assert.False(runner.TrySubmit(One()));
        model.Gate.Release(2);
        await runner.Results.ReadAsync(TestContext.Current.CancellationToken);
        await runner.Results.ReadAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_model_that_forgets_a_record_breaks_the_runner()
    {
        await using BatchModelRunner runner = new(new EchoModel { Forgets = true }, TimeProvider.System);
        Assert.True(runner.TrySubmit(One()));
        await Assert.ThrowsAsync<ModelBrokenException>(async () => await runner.Results.Completion);
    }

    [Fact]
    public async Task An_empty_or_too_large_batch_is_refused_by_contract()
    {
        await using BatchModelRunner runner = new(new EchoModel(), TimeProvider.System);
        Assert.Throws<ArgumentException>(() => runner.TrySubmit(new MicroBatch()));
        Assert.Throws<ArgumentException>(() => runner.TrySubmit(MemoryRecord.Batch(Enumerable.Repeat(MemoryRecord.Of("k", "v"), 9))));
    }

    [Fact]
    public void A_failure_discards_what_was_written_for_it()
    {
        ResultBatch results = new();
        StreamRecord record = MemoryRecord.Of("k", "v").Alone();
        results.Write("kept"u8);
        results.Add(record);
        results.Write("half a res"u8);
        results.AddFailure(record, new RecordError(RecordErrorCodes.ModelFailed, "no"));
        results.Write("after"u8);
        results.Add(record);
        Assert.Equal("kept", Encoding.UTF8.GetString(results.ValueOf(results.Results[0])));
        Assert.Equal(0, results.ValueOf(results.Results[1]).Length);
        Assert.Equal("after", Encoding.UTF8.GetString(results.ValueOf(results.Results[2])));
        Assert.Equal(9, results.ByteCount);
    }

    [Fact]
    public async Task A_batch_span_links_to_the_trace_of_each_record()
    {
        List<Activity> spans = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == BatchTracing.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        const string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        MemoryRecord traced = MemoryRecord.Of("k", "v") with { Headers = [("traceparent", Encoding.ASCII.GetBytes(parent))] };
        await using BatchModelRunner runner = new(new EchoModel { Name = "traced" }, TimeProvider.System);
        Assert.True(runner.TrySubmit(MemoryRecord.Batch([traced, MemoryRecord.Of("k", "v")])));
        await runner.Results.ReadAsync(TestContext.Current.CancellationToken);
        Activity span = Assert.Single(spans, activity => activity.DisplayName == "infer traced");
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", Assert.Single(span.Links).Context.TraceId.ToHexString());
    }

    [Fact]
    public async Task A_batch_is_prepared_once_when_it_is_accepted()
    {
        PreparingModel model = new();
        await using BatchModelRunner runner = new(model, TimeProvider.System, queueCapacity: 1);
        MicroBatch[] batches = [One(), One(), One()];
        Assert.True(runner.TrySubmit(batches[0]));
        await model.Entered.WaitAsync(TestContext.Current.CancellationToken);
        Assert.True(runner.TrySubmit(batches[1]));
        Assert.False(runner.TrySubmit(batches[2]));
        Assert.Equal(batches[..2], model.Prepared);
        model.Gate.Release(2);
        await runner.Results.ReadAsync(TestContext.Current.CancellationToken);
        await runner.Results.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(batches[..2], model.Run);
    }

    [Fact]
    public async Task A_model_with_a_sample_has_run_its_smallest_and_largest_batch_before_it_takes_traffic()
    {
        EchoModel model = new() { Sample = "sample"u8.ToArray() };
        await using BatchModelRunner runner = new(model, TimeProvider.System);
        Assert.Equal([1, 8], model.Batches[..2].Select(batch => batch.Length));
        Assert.All(model.Batches, batch => Assert.All(batch, record => Assert.Equal("sample", record.Value)));
        Assert.All(model.Batches, batch => Assert.Equal(batch.Length, batch.Select(record => record.Key).Distinct().Count()));
        Assert.False(runner.Results.TryRead(out _));

        Assert.True(runner.TrySubmit(One()));
        ResultBatch results = await runner.Results.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal("v", Encoding.UTF8.GetString(results.ValueOf(Assert.Single(results.Results.ToArray()))));
    }

    [Fact]
    public async Task A_preparing_model_is_warmed_up_on_the_way_that_traffic_takes()
    {
        PreparingModel model = new() { Sample = "sample"u8.ToArray(), Gate = new SemaphoreSlim(1000) };
        await using BatchModelRunner runner = new(model, TimeProvider.System);
        Assert.NotEmpty(model.Prepared);
        Assert.Equal(model.Prepared, model.Run);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_model_that_fails_on_its_own_sample_is_refused_and_disposed(bool forgets)
    {
        EchoModel model = new() { Sample = "sample"u8.ToArray(), Forgets = forgets, Failure = forgets ? null : new InvalidOperationException("no such kernel") };
        ModelBrokenException refused = Assert.Throws<ModelBrokenException>(() => new BatchModelRunner(model, TimeProvider.System));
        Assert.StartsWith("Model echo", refused.Message, StringComparison.Ordinal);
        Assert.Contains(forgets ? "0 results for 1" : "no such kernel", refused.Message, StringComparison.Ordinal);
        Assert.True(model.IsDisposed);
    }

    private static MicroBatch One() => MemoryRecord.Batch([MemoryRecord.Of("k", "v")]);

    private sealed class EchoModel : IBatchModel
    {
        public string Name { get; init; } = "echo";

        public ModelIdentity Identity => new(Name, 1);

        public int MaxBatchSize => 8;

        public SemaphoreSlim? Gate { get; init; }

        public SemaphoreSlim Entered { get; } = new(0);

        public bool Forgets { get; init; }

        public Exception? Failure { get; init; }

        public ReadOnlyMemory<byte> Sample { get; init; }

        public List<(string Key, string Value)[]> Batches { get; } = [];

        public bool IsDisposed { get; private set; }

        public void Run(MicroBatch batch, ResultBatch results)
        {
            Batches.Add([.. batch.Records.ToArray().Select(record => (Encoding.UTF8.GetString(record.Key), Encoding.UTF8.GetString(record.Value)))]);
            if (Failure is not null) throw Failure;
            Entered.Release();
            Gate?.Wait();
            if (Forgets) return;
            foreach (ref readonly StreamRecord record in batch.Records)
            {
                results.Write(record.Value);
                results.Add(record);
            }
        }

        public void Dispose() => IsDisposed = true;
    }

    private sealed class PreparingModel : IPreparingBatchModel
    {
        public ModelIdentity Identity => new("preparing", 1);

        public int MaxBatchSize => 8;

        public SemaphoreSlim Gate { get; init; } = new(0);

        public SemaphoreSlim Entered { get; } = new(0);

        public ReadOnlyMemory<byte> Sample { get; init; }

        public List<MicroBatch> Prepared { get; } = [];

        public List<MicroBatch> Run { get; } = [];

        public void Prepare(MicroBatch batch) => Prepared.Add(batch);

        void IBatchModel.Run(MicroBatch batch, ResultBatch results)
        {
            Run.Add(batch);
            Entered.Release();
            Gate.Wait();
            foreach (ref readonly StreamRecord record in batch.Records) results.Add(record);
        }

        public void Dispose()
        {
        }
    }
}
