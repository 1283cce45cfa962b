using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Configuration;
using StreamInference.Kafka.Settings;
using StreamInference.Replay.Jobs;
using StreamInference.Replay.Reports;
using StreamInference.Replay.Running;

namespace StreamInference.LoadTest.Systems;

/// <summary>The same pipeline as <c>ours</c>, as a replay with its report: the systems <c>replay</c> and, with two workers, <c>replay-2</c>.</summary>
internal static class ReplaySystem
{
    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(4);

    public static async Task RunAsync(string name, SystemOptions options, CancellationToken stop)
    {
        PipelineConfig live = PipelineSystem.Config(options);
        ReplayRequest request = new()
        {
            Id = options.Group,
            // The job must not write to what it takes for the live topic.
            Pipeline = live with { Output = live.Output with { Topic = options.Output + ".live" }, DeadLetter = null },
            OutputTopic = options.Output,
            Outputs = new ReportOutputs(["score"], ["decision"]),
        };
        using ReplayRunner runner = await ReplayRunner.ConnectAsync(KafkaSettings.For(options.Bootstrap), NullLoggerFactory.Instance);
        ReplayStart start = await runner.PrepareAsync(request, new PipelineSystem.Loader(() => Models.Load(options)), NoServices.Instance);
        using ReplayRun run = start.Run ?? throw new InvalidOperationException(start.Message);
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long bytes = GC.GetTotalAllocatedBytes();
        Task<ReplayOutcome> running = run.RunAsync(stop);
        List<long> resident = [];
        while (await Task.WhenAny(running, Task.Delay(SampleInterval, stop)) != running) resident.Add(Environment.WorkingSet >> 20);
        ReplayOutcome outcome = await running;
        if (outcome != ReplayOutcome.Finished) throw new InvalidOperationException($"The replay is {outcome}.");

        ReplayReport report = run.Report();
        // The first commit's records belong to the time before it; at most so many are in one.
        long records = report.Results + report.DeadLetters - request.Pipeline.Commit.MaxRecords;
        new Meter(name, 0).Report(Math.Max(1, records), report.CommittingTime.TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, GC.GetTotalAllocatedBytes() - bytes);
        await Console.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: the report took {report.ReportingTime.TotalSeconds / report.CommittingTime.TotalSeconds:P2} of the run on one thread; resident MiB every {SampleInterval.TotalSeconds} s: {string.Join(' ', resident)}"));
    }
}
