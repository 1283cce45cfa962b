using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Configuration;
using StreamInference.Files;
using StreamInference.Pipeline;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.LoadTest.Systems;

/// <summary>A file scored offline, as <c>streaminfer score</c> does it. Counted from the end of the first batch to the final name, so start-up is out, as for the pipelines.</summary>
internal static class FileScoringSystem
{
    public static async Task RunAsync(SystemOptions options, CancellationToken stop)
    {
        PipelineConfig config = new()
        {
            Name = "file",
            Kind = "tabular",
            Input = new InputConfig { Topic = "file" },
            Output = new OutputConfig { Topic = "results" },
            Model = new ModelConfig { Path = Path.GetDirectoryName(Models.Demo)!, Version = Path.GetFileName(Models.Demo) },
            Batch = new BatchConfig { MaxSize = options.Batch },
        };
        Loader loader = new(options);
        FileScoringReport report = await FileScoring.RunAsync(
            config, new FileScoringOptions { Inputs = [options.Input], Output = options.Output, Overwrite = true }, loader, NoServices.Instance, NullLoggerFactory.Instance, stop: stop);
        loader.Model!.Report(report.Rows);
    }

    private sealed class Loader(SystemOptions options) : IModelLoader
    {
        public string Kind => "tabular";

        public FirstBatchClock? Model { get; private set; }

        public IModelRunner CreateRunner(PipelineConfig pipeline, IServiceProvider services)
        {
            Model = new FirstBatchClock(Models.Load(options));
            return new BatchModelRunner(Model, TimeProvider.System, queueCapacity: 8);
        }
    }

    /// <summary>Notes time, CPU and memory at the end of the first batch.</summary>
    private sealed class FirstBatchClock(IBatchModel model) : IBatchModel
    {
        private long _at;
        private long _bytes;
        private TimeSpan _cpu;
        private int _records;

        public ModelIdentity Identity => model.Identity;

        public int MaxBatchSize => model.MaxBatchSize;

        public void Run(MicroBatch batch, ResultBatch results)
        {
            model.Run(batch, results);
            if (_at != 0) return;
            (_at, _records, _cpu, _bytes) = (Stopwatch.GetTimestamp(), batch.Count, Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
        }

        public void Report(long rows) => new Meter("file", 0).Report(
            rows - _records, Stopwatch.GetElapsedTime(_at).TotalSeconds, (Environment.CpuUsage.TotalTime - _cpu).TotalSeconds, GC.GetTotalAllocatedBytes() - _bytes);

        public void Dispose() => model.Dispose();
    }
}
