using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace StreamInference.Cli.Demo;

/// <summary>The live view: rates, latencies, batches, lag, and alerts as they come.</summary>
internal sealed class DemoView(DemoSession session)
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);

    private long _consumed;
    private long _produced;
    private TimeSpan _at;
    private double _inRate;
    private double _outRate;

    /// <summary>Draws until <paramref name="until"/> completes.</summary>
    public Task ShowAsync(IAnsiConsole console, Task until) =>
        console.Live(Render()).StartAsync(async live =>
        {
            while (!until.IsCompleted)
            {
                live.UpdateTarget(Render());
                await Task.WhenAny(until, Task.Delay(Refresh));
            }

            live.UpdateTarget(Render());
        });

    private Rows Render()
    {
        Measure();
        DemoState state = session.State;
        Table table = new Table().Border(TableBorder.Rounded).Title("card transactions → fraud scores, exactly once").HideHeaders();
        for (int i = 0; i < 4; i++) table.AddColumn(new TableColumn(""));
        Row(table, "records/s in", Number(_inRate), "records/s out", Number(_outRate));
        Row(table, "P50 end to end", Milliseconds(state.Latency.Quantile(0.5)), "consumed", Number(session.Metrics.Consumed));
        Row(table, "P95", Milliseconds(state.Latency.Quantile(0.95)), "scored", Number(session.Metrics.Produced));
        Row(table, "P99", Milliseconds(state.Latency.Quantile(0.99)), "dead letters", Number(session.Metrics.DeadLettered));
        Row(table, "batch size", Number(session.Metrics.LastBatchSize), "lag", session.Metrics.Lag < 0 ? "-" : Number(session.Metrics.Lag));
        Row(table, "repeated", Number(state.Verifier.Repeated), "declined / review", $"{Number(state.Declined)} / {Number(state.Reviewed)}");
        return new Rows([table, .. Alerts(state)]);
    }

    private static IEnumerable<IRenderable> Alerts(DemoState state) => state.Alerts.Reverse().Select(alert => new Markup(string.Create(
        CultureInfo.InvariantCulture, $"[red]ALERT[/] {alert.Time:HH:mm:ss.fff} {Markup.Escape(alert.Card)} score {alert.Score:0.000} transaction {Markup.Escape(alert.Transaction)}")));

    private void Measure()
    {
        TimeSpan elapsed = session.Elapsed - _at;
        if (elapsed < TimeSpan.FromSeconds(1)) return;
        long produced = session.Metrics.Produced + session.Metrics.DeadLettered;
        _inRate = (session.Metrics.Consumed - _consumed) / elapsed.TotalSeconds;
        _outRate = (produced - _produced) / elapsed.TotalSeconds;
        (_consumed, _produced, _at) = (session.Metrics.Consumed, produced, session.Elapsed);
    }

    private static void Row(Table table, string name, string value, string otherName, string otherValue) =>
        table.AddRow($"[grey]{name}[/]", $"[bold]{value}[/]", $"[grey]{otherName}[/]", $"[bold]{otherValue}[/]");

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Milliseconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0.0} ms");
}
