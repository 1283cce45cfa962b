using System.Globalization;
using Spectre.Console;
using StreamInference.Replay.Jobs;
using StreamInference.Replay.Reports;
using StreamInference.Replay.Running;

namespace StreamInference.Cli.Replaying;

/// <summary>Reports and jobs as tables.</summary>
internal static class ReplayTables
{
    /// <summary>Writes a report.</summary>
    public static void Write(IAnsiConsole console, ReplayReport report)
    {
        Table table = NewTable("", "");
        table.HideHeaders();
        Row(table, "job", $"{report.Job}: {report.SourceTopic} through {report.Model} into {report.OutputTopic}");
        if (!report.IsWhole) Row(table, "covers", "this run only: earlier runs or other runners did a part of the job");
        foreach (GoneRange gone in report.Gone) Row(table, "gone", gone.ToString());
        Row(table, "results", Number(report.Results));
        Row(table, "dead letters", Number(report.DeadLetters));
        foreach (CodeCount code in report.DeadLettersByCode) Row(table, $"  {code.Code}", Number(code.Count));
        Row(table, "throughput", string.Create(CultureInfo.InvariantCulture, $"{report.RecordsPerSecond:N0} records/s over {report.Elapsed.TotalSeconds:N1} s"));
        Row(table, "read to commit", $"P50 {Milliseconds(report.Latency.P50)}, P90 {Milliseconds(report.Latency.P90)}, P99 {Milliseconds(report.Latency.P99)}");
        foreach (ScoreDistribution score in report.Scores)
            Row(table, score.Name, string.Create(CultureInfo.InvariantCulture, $"mean {score.Mean:G4}, {score.Min:G4} to {score.Max:G4}  {Sparkline(score)}"));
        foreach (LabelDistribution label in report.Labels)
            Row(table, label.Name, string.Join(", ", label.Values.Take(8).Select(value => $"{value.Value} {Number(value.Count)}")));
        console.Write(table);
    }

    /// <summary>Writes jobs with their progress.</summary>
    public static void Write(IAnsiConsole console, IEnumerable<ReplayProgress> jobs)
    {
        Table table = NewTable("job", "state", "done", "model", "from", "to", "source", "output", "planned");
        foreach (ReplayProgress progress in jobs)
        {
            ReplayJob job = progress.Job;
            string[] cells = [job.Id, StateOf(job), Percent(progress), job.Model, job.From, job.To, job.SourceTopic, job.OutputTopic, job.PlannedAt.ToString("u", CultureInfo.InvariantCulture)];
            table.AddRow([.. cells.Select(cell => new Text(cell))]);
        }

        console.Write(table);
    }

    /// <summary>Writes one job with its partitions and runners.</summary>
    public static void Write(IAnsiConsole console, ReplayProgress progress, IReadOnlyList<string> runners)
    {
        Write(console, [progress]);
        Table table = NewTable("partition", "from", "to", "position", "lag");
        foreach (PartitionBound bound in progress.Job.Partitions)
            table.AddRow([.. new[] { bound.Partition, bound.From, bound.To, progress.PositionOf(bound), progress.LagOf(bound) }.Select(number => new Text(Number(number)))]);
        console.Write(table);
        if (!progress.Job.State.IsEnd()) console.WriteLine(runners.Count == 0 ? "No runner: start it again and it goes on." : "Runners: " + string.Join(", ", runners));
    }

    private static string StateOf(ReplayJob job) => job.State.ToString().ToLowerInvariant();

    private static string Percent(ReplayProgress progress) => (progress.Job.State == ReplayState.Finished ? 1 : progress.Fraction).ToString("P1", CultureInfo.InvariantCulture);

    private static Table NewTable(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string column in columns) table.AddColumn(column);
        return table;
    }

    private static void Row(Table table, string name, string value) => table.AddRow(new Text(name), new Text(value));

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:N0} ms");

    /// <summary>The histogram as a line of bars; their heights are of the logarithm, or a rare fraud would not show.</summary>
    private static string Sparkline(ScoreDistribution score)
    {
        const string bars = " ▁▂▃▄▅▆▇█";
        double most = Math.Log(1 + score.Histogram.Max(bucket => bucket.Count));
        return string.Concat(score.Histogram.Select(bucket => bars[(int)Math.Ceiling(Math.Log(1 + bucket.Count) / most * (bars.Length - 1))]));
    }
}
