using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using StreamInference.Replay.Jobs;
using StreamInference.Replay.Running;

namespace StreamInference.Cli.Replaying;

/// <summary>The progress of a replay: a bar on a terminal, a line every few seconds elsewhere.</summary>
internal sealed class ReplayBar(ReplayRun run)
{
    private const int Width = 40;
    private const int MostPartitions = 16;
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    /// <summary>Draws until <paramref name="until"/> completes.</summary>
    public Task DrawAsync(IAnsiConsole console, Task until) => console.Live(Render()).StartAsync(async live =>
    {
        while (!until.IsCompleted)
        {
            live.UpdateTarget(Render());
            await Task.WhenAny(until, Task.Delay(Refresh));
        }

        live.UpdateTarget(Render());
    });

    /// <summary>Writes lines until <paramref name="until"/> completes.</summary>
    public async Task WriteAsync(TextWriter writer, Task until)
    {
        while (await Task.WhenAny(until, Task.Delay(LineInterval)) != until) await writer.WriteLineAsync($"{run.Job.Id}: {Line(run.View)}");
    }

    private static string Line(ReplayView view) => string.Create(
        CultureInfo.InvariantCulture,
        $"{view.Progress.Done:N0} of {view.Progress.Job.Length:N0} offsets ({view.Progress.Fraction:P1}), {view.Records:N0} records, {view.DeadLetters:N0} dead letters, {view.RecordsPerSecond:N0} records/s, {Eta(view)} left");

    private static string Eta(ReplayView view) => view.Remaining is { } left ? left.ToString(left.TotalDays < 1 ? @"hh\:mm\:ss" : @"d\.hh\:mm\:ss", CultureInfo.InvariantCulture) : "-";

    private IRenderable Render()
    {
        ReplayView view = run.View;
        int filled = (int)(view.Progress.Fraction * Width);
        Markup bar = new($"[bold]{Markup.Escape(run.Job.Id)}[/] [green]{new string('━', filled)}[/][grey]{new string('━', Width - filled)}[/] {view.Progress.Fraction.ToString("P1", CultureInfo.InvariantCulture)}");
        Markup line = new($"[grey]{Markup.Escape(Line(view))}[/]");
        return new Rows([bar, line, new Markup($"[grey]lag {Markup.Escape(Lags(view.Progress))}[/]")]);
    }

    private static string Lags(ReplayProgress progress)
    {
        IEnumerable<PartitionBound> behind = progress.Job.Partitions.OrderByDescending(progress.LagOf).Take(MostPartitions).OrderBy(bound => bound.Partition);
        string lags = string.Join("  ", behind.Select(bound => string.Create(CultureInfo.InvariantCulture, $"{bound.Partition}: {progress.LagOf(bound):N0}")));
        return progress.Job.Partitions.Count > MostPartitions ? lags + "  …" : lags;
    }
}
