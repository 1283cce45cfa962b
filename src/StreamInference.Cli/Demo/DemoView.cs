using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using StreamInference.Cli.Demo.Streams;

namespace StreamInference.Cli.Demo;

/// <summary>The live view: for each stream rates, latencies, batches, lag, and findings as they come.</summary>
internal sealed class DemoView
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);

    private readonly StreamView[] _views;

    public DemoView(DemoSession session) => _views = [.. session.Streams.Select(stream => new StreamView(session, stream))];

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

    private Rows Render() => new(_views.SelectMany(view => view.Render()));

    private sealed class StreamView(DemoSession session, DemoStream stream)
    {
        private long _consumed;
        private long _produced;
        private TimeSpan _at;
        private double _inRate;
        private double _outRate;

        public IEnumerable<IRenderable> Render()
        {
            if (stream.Metrics is not { } metrics) return [];
            Measure(metrics.Consumed, metrics.Produced + metrics.DeadLettered);
            Table table = new Table().Border(TableBorder.Rounded).Title(stream.Title).HideHeaders();
            for (int i = 0; i < 4; i++) table.AddColumn(new TableColumn(""));
            Row(table, "records/s in", Number(_inRate), "records/s out", Number(_outRate));
            Row(table, "P50 end to end", Milliseconds(0.5), "consumed", Number(metrics.Consumed));
            Row(table, "P95", Milliseconds(0.95), stream.ScoredName, Number(stream.Scored));
            Row(table, "P99", Milliseconds(0.99), "dead letters", Number(metrics.DeadLettered));
            Row(table, "batch size", Number(metrics.LastBatchSize), "lag", metrics.Lag < 0 ? "-" : Number(metrics.Lag));
            IReadOnlyDictionary<string, long> findings = stream.Findings;
            Row(table, "repeated", Number(stream.Verifier.Repeated), string.Join(" / ", findings.Keys), string.Join(" / ", findings.Values.Select(count => Number(count))));
            return [table, .. stream.Latest];
        }

        private void Measure(long consumed, long produced)
        {
            TimeSpan elapsed = session.Elapsed - _at;
            if (elapsed < TimeSpan.FromSeconds(1)) return;
            _inRate = (consumed - _consumed) / elapsed.TotalSeconds;
            _outRate = (produced - _produced) / elapsed.TotalSeconds;
            (_consumed, _produced, _at) = (consumed, produced, session.Elapsed);
        }

        private static void Row(Table table, string name, string value, string otherName, string otherValue) =>
            table.AddRow($"[grey]{Markup.Escape(name)}[/]", $"[bold]{value}[/]", $"[grey]{Markup.Escape(otherName)}[/]", $"[bold]{otherValue}[/]");

        private string Milliseconds(double quantile) => string.Create(CultureInfo.InvariantCulture, $"{stream.Latency.Quantile(quantile) * 1000:0.0} ms");

        private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
    }
}
