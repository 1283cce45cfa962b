using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Commit;
using StreamInference.Configuration;
using StreamInference.Hosting;
using StreamInference.Pipeline;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.Sources;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Tests.Hosting;

public sealed class StreamInferenceServiceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pipelines_over_bounded_sources_run_to_their_end()
    {
        MemoryTransport transport = new(100);
        using IHost host = EchoHost.Create(transport, streams =>
        {
            streams.AddPipeline(EchoHost.Pipeline("a"));
            streams.AddPipeline(EchoHost.Pipeline("b"));
        });

        await host.StartAsync(Cancellation);
        await host.Service().Completion.WaitAsync(Cancellation);

        Assert.Equal(EchoHost.Expected(100), transport.SinkOf("a").Visible.Select(v => v.Value));
        Assert.Equal(EchoHost.Expected(100), transport.SinkOf("b").Visible.Select(v => v.Value));
        Assert.True(host.Service().IsLive);
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_stop_ends_in_order_and_leaves_the_group_and_may_be_repeated()
    {
        MemoryTransport transport = new(50) { IsBounded = false };
        using IHost host = EchoHost.Create(transport, streams => streams.AddPipeline(EchoHost.Pipeline("a")));
        await host.StartAsync(Cancellation);
        StreamInferenceService service = host.Service();
        while (service.Running[0].Metrics.Produced < 48) await Task.Yield();
        Assert.True(service.IsReady);

        await service.StopAsync(Cancellation);
        await service.StopAsync(Cancellation);
        await host.StopAsync(Cancellation);

        // What had not reached the model is left to the next owner.
        ScriptedSink sink = transport.SinkOf("a");
        Assert.Equal(EchoHost.Expected(sink.Visible.Count), sink.Visible.Select(v => v.Value));
        Assert.Equal(sink.Visible.Count, sink.Offsets.GetValueOrDefault(("a.in", 0)));
        Assert.True(Assert.Single(transport.Sources).IsClosed);
        Assert.False(service.IsReady);
        Assert.True(service.IsLive);
        Assert.All(service.Pipelines[0].Workers, state => Assert.Equal(WorkerState.Stopped, state));
    }

    [Fact]
    public async Task A_pipeline_that_fails_after_it_has_run_starts_again_and_misses_and_repeats_nothing()
    {
        ImmediateTimers time = new();
        MemoryTransport transport = new(100);
        transport.SinkOf("a").Script.Enqueue(CommitOutcome.Committed);
        transport.SinkOf("a").Script.Enqueue(CommitOutcome.Fatal);
        using IHost host = EchoHost.Create(transport, streams => streams.AddPipeline(EchoHost.Pipeline("a")), time);

        await host.StartAsync(Cancellation);
        await host.Service().Completion.WaitAsync(Cancellation);

        Assert.Empty(transport.SinkOf("a").Script);
        Assert.Equal(2, transport.Sources.Count);
        Assert.Equal(EchoHost.Expected(100), transport.SinkOf("a").Visible.Select(v => v.Value));
        Assert.Contains(TimeSpan.FromSeconds(1), time.Asked);
        Assert.Equal(1, host.Service().Pipelines[0].Restarts);
        Assert.NotNull(host.Service().Pipelines[0].LastFailure);
    }

    [Fact]
    public async Task A_cluster_that_is_away_at_the_start_is_waited_for()
    {
        MemoryTransport transport = new(10);
        int calls = 0;
        transport.OnConnect = _ =>
        {
            if (++calls <= 2) throw new SourceFailedException("nobody answers", isRecoverable: true);
        };
        using IHost host = EchoHost.Create(transport, streams => streams.AddPipeline(EchoHost.Pipeline("a")));
        await host.StartAsync(Cancellation);

        await host.Service().Completion.WaitAsync(Cancellation);

        Assert.Equal(3, calls);
        Assert.Equal(EchoHost.Expected(10), transport.SinkOf("a").Visible.Select(v => v.Value));
        Assert.Equal(0, host.Service().Pipelines[0].Restarts);
    }

    [Fact]
    public async Task A_pipeline_that_never_ran_ends_the_host_and_the_others_stop_in_order()
    {
        MemoryTransport transport = new(10) { IsBounded = false };
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        transport.OnConnect = pipeline =>
        {
            if (pipeline.Name != "broken") return;
            release.Task.Wait(Cancellation);
            throw new InvalidOperationException("no such cluster");
        };
        using IHost host = EchoHost.Create(transport, streams =>
        {
            streams.AddPipeline(EchoHost.Pipeline("good"));
            streams.AddPipeline(EchoHost.Pipeline("broken"));
        });
        await host.StartAsync(Cancellation);
        while (!host.Service().Running[0].Health.IsReady) await Task.Yield();
        release.SetResult();

        await host.WaitForShutdownAsync(Cancellation);

        PipelineFailedException failure = await Assert.ThrowsAsync<PipelineFailedException>(() => host.Service().Completion);
        Assert.Contains("no such cluster", failure.Message, StringComparison.Ordinal);
        Assert.False(host.Service().IsLive);
        Assert.All(host.Service().Pipelines[0].Workers, state => Assert.Equal(WorkerState.Stopped, state));
        Assert.True(Assert.Single(transport.Sources).IsClosed);
    }

    [Fact]
    public async Task The_cluster_is_asked_for_obstacles_once_in_a_run_whatever_the_number_of_workers()
    {
        MemoryTransport transport = new(0) { Obstacles = ["topic a.in does not exist"] };
        using IHost host = EchoHost.Create(transport, _ => { });
        using StreamPipeline pipeline = new(EchoHost.Pipeline("a") with { Workers = 4 }, transport, new EchoLoader(), host.Services, NullLoggerFactory.Instance);

        for (int run = 1; run <= 2; run++)
        {
            PipelineFailedException failure = await Assert.ThrowsAsync<PipelineFailedException>(() => pipeline.RunAsync(Cancellation));
            Assert.Contains("a cannot run:", failure.Message, StringComparison.Ordinal);
            Assert.Contains("topic a.in does not exist", failure.Message, StringComparison.Ordinal);
            Assert.Equal(run, transport.ObstacleLooks);
        }

        Assert.Empty(transport.Sources);
    }

    [Fact]
    public async Task A_host_without_a_transport_or_a_loader_says_what_to_add()
    {
        using IHost noTransport = EchoHost.Create(null, streams => streams.AddPipeline(EchoHost.Pipeline("a")));
        Assert.Contains("UseKafka()", (await StartFails(noTransport)).Message, StringComparison.Ordinal);

        using IHost noLoader = EchoHost.Create(new MemoryTransport(0), streams => streams.AddPipeline(EchoHost.Pipeline("a", kind: "vision")));
        Assert.Contains("no loader for \"vision\" is registered; registered: echo", (await StartFails(noLoader)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_kind_comes_from_the_description_of_the_greatest_version()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("model-");
        try
        {
            File.WriteAllText(Path.Combine(folder.CreateSubdirectory("9").FullName, "model.yaml"), "kind: vision\n");
            File.WriteAllText(Path.Combine(folder.CreateSubdirectory("10").FullName, "model.yaml"), "kind: echo\n");
            folder.CreateSubdirectory("11");
            folder.CreateSubdirectory("drafts");
            using IHost host = EchoHost.Create(new MemoryTransport(1), streams => streams.AddPipeline(EchoHost.Pipeline("a", kind: null, folder.FullName)));
            await host.StartAsync(Cancellation);
            await host.Service().Completion.WaitAsync(Cancellation);

            Assert.Equal([9, 10], ModelFolder.Versions(folder.FullName));
            InvalidConfigurationException unknown = Assert.Throws<InvalidConfigurationException>(() => ModelFolder.Find(new ModelConfig { Path = folder.FullName, Version = "3" }));
            Assert.Contains("has no version 3; it has 9, 10", unknown.Message, StringComparison.Ordinal);
            Assert.Equal("vision", ModelFolder.Find(new ModelConfig { Path = folder.FullName, Version = "9" }).ReadKind());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_decoder_belongs_to_its_pipeline()
    {
        EchoLoader loader = new();
        using IHost host = EchoHost.Create(new MemoryTransport(1), streams => streams.AddPipeline(EchoHost.Pipeline("with")).WithDecoder<NoDecoder>(), loader: loader);
        await host.StartAsync(Cancellation);
        await host.Service().Completion.WaitAsync(Cancellation);

        Assert.IsType<NoDecoder>(Assert.Single(loader.Decoders));
        Assert.Null(host.Services.GetKeyedService<IRecordDecoder>("without"));
    }

    [Fact]
    public void Two_pipelines_of_one_name_are_refused()
    {
        ServiceCollection services = new();
        services.AddStreamInference(streams => streams.AddPipeline(EchoHost.Pipeline("a")));
        Assert.Throws<InvalidConfigurationException>(() => services.AddStreamInference(streams => streams.AddPipeline(EchoHost.Pipeline("a"))));
    }

    private static Task<InvalidConfigurationException> StartFails(IHost host) => Assert.ThrowsAsync<InvalidConfigurationException>(() => host.StartAsync(Cancellation));

    private sealed class NoDecoder : IRecordDecoder
    {
        public RecordError? Decode(in StreamRecord record, Span<float> features) => null;
    }
}
