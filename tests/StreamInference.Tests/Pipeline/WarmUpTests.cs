using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Configuration;
using StreamInference.Pipeline;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.Tests.Hosting;

namespace StreamInference.Tests.Pipeline;

/// <summary>A pipeline says that it is ready when its model is warm, and nothing tells of the warm-up.</summary>
public sealed class WarmUpTests
{
    private const int Records = 5;

    [Fact]
    public async Task A_pipeline_is_not_ready_and_joins_nothing_before_its_model_is_warm()
    {
        MemoryTransport transport = new(Records);
        GatedLoader loader = new(failure: null);
        using StreamPipeline pipeline = Pipeline(transport, loader);
        Task running = pipeline.RunAsync(TestContext.Current.CancellationToken);
        await loader.Entered.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(WorkerState.Loading, Assert.Single(pipeline.Health.Workers));
        Assert.False(pipeline.Health.IsReady);
        Assert.Empty(transport.Sources);

        loader.Gate.Release();
        await running;

        Assert.True(loader.SamplesSeen > 0);
        Assert.Equal(Records, pipeline.Metrics.Consumed);
        Assert.Equal(Records, pipeline.Metrics.Produced);
        Assert.Equal(EchoHost.Expected(Records), transport.SinkOf("warm").Visible.Select(visible => visible.Value));
    }

    [Fact]
    public async Task A_pipeline_whose_model_fails_its_warm_up_ends_with_the_reason_and_joins_nothing()
    {
        MemoryTransport transport = new(Records);
        GatedLoader loader = new(new InvalidOperationException("out of device memory"));
        loader.Gate.Release();
        using StreamPipeline pipeline = Pipeline(transport, loader);
        PipelineFailedException failed = await Assert.ThrowsAsync<PipelineFailedException>(() => pipeline.RunAsync(TestContext.Current.CancellationToken));
        Assert.Contains("gated", failed.Message, StringComparison.Ordinal);
        Assert.Contains("out of device memory", failed.Message, StringComparison.Ordinal);
        Assert.Empty(transport.Sources);
    }

    private static StreamPipeline Pipeline(MemoryTransport transport, GatedLoader loader) =>
        new(EchoHost.Pipeline("warm"), transport, loader, new EmptyServices(), NullLoggerFactory.Instance);

    private sealed class EmptyServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }

    /// <summary>Stops in the first run of its model until the test lets it go on.</summary>
    private sealed class GatedLoader(Exception? failure) : IModelLoader
    {
        public string Kind => "echo";

        public SemaphoreSlim Entered { get; } = new(0);

        public SemaphoreSlim Gate { get; } = new(0);

        public int SamplesSeen { get; private set; }

        public IModelRunner CreateRunner(PipelineConfig pipeline, IServiceProvider services) => new BatchModelRunner(new Model(this, failure), TimeProvider.System);

        private sealed class Model(GatedLoader loader, Exception? failure) : IBatchModel
        {
            public ModelIdentity Identity { get; } = new("gated", 1);

            public int MaxBatchSize => 16;

            public ReadOnlyMemory<byte> Sample { get; } = "sample"u8.ToArray();

            public void Run(MicroBatch batch, ResultBatch results)
            {
                if (loader.SamplesSeen == 0)
                {
                    loader.Entered.Release();
                    loader.Gate.Wait();
                }

                if (failure is not null) throw failure;
                foreach (ref readonly StreamRecord record in batch.Records)
                {
                    if (Encoding.UTF8.GetString(record.Value) == "sample") loader.SamplesSeen++;
                    results.Write(record.Value);
                    results.Add(record);
                }
            }

            public void Dispose()
            {
            }
        }
    }
}
