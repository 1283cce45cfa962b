using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using StreamInference.Broker;
using StreamInference.TestKit;

namespace StreamInference.Cli.Tests;

/// <summary>The fraud stream by commands alone: topics, produce, run, tail.</summary>
public sealed class FraudStreamTests : IAsyncLifetime
{
    private const int Transactions = 3000;

    private static readonly string Pipeline = Path.Combine(SharedData.RepositoryRoot, "topics/fraud/pipeline.yaml");
    private static readonly string Topics = Path.Combine(SharedData.RepositoryRoot, "topics/fraud/topics.yaml");

    private EmbeddedBroker _broker = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _broker = await EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions(), Cancellation);

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task Each_produced_record_comes_out_once_as_a_score_or_a_dead_letter()
    {
        int port = FreePort();
        using CliRunner apply = await Run("topics", "apply", Topics);
        Assert.Equal(ExitCodes.Ok, apply.ExitCode);
        using CliRunner produce = await Run("produce", "transactions", "--simulate", "--count", $"{Transactions}", "--bad", "0.05");
        Assert.Equal(ExitCodes.Ok, produce.ExitCode);

        using CliRunner run = new();
        Task<int> running = run.Start(
            "run", Pipeline, "-b", _broker.BootstrapServers, "--metrics-port", $"{port}", "--set", "model.providers=cpu", "--set", "workers=2", "--set", "name=commands", "--instance", "test");
        using CliRunner tail = await Run("tail", "fraud.scores", "transactions.dlq", "--from", "beginning", "--count", $"{Transactions}");
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        // One worker may have answered everything while the other still loads its model.
        HttpResponseMessage ready = await http.GetAsync("/readyz", Cancellation);
        while (!ready.IsSuccessStatusCode && !running.IsCompleted)
        {
            ready.Dispose();
            ready = await http.GetAsync("/readyz", Cancellation);
        }

        using HttpResponseMessage live = await http.GetAsync("/healthz", Cancellation);
        string metrics = await http.GetStringAsync("/metrics", Cancellation);
        run.Interrupt();

        Assert.Equal(ExitCodes.Ok, await running);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (ready.StatusCode, live.StatusCode));
        Assert.Contains("\"running\",\"running\"", await ready.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        AssertOnce([.. tail.OutLines.Select(line => JsonDocument.Parse(line).RootElement)]);
        AssertCounts(metrics);
        AssertLog(run.Error);
        using CliRunner more = await Run("tail", "fraud.scores", "transactions.dlq", "--from", "beginning", "--until-end");
        Assert.Equal(Transactions, more.OutLines.Count);
    }

    [Fact]
    public async Task Topics_are_planned_applied_once_and_never_shrink()
    {
        using CliRunner plan = await Run("topics", "plan", Topics);
        using CliRunner apply = await Run("topics", "apply", Path.GetDirectoryName(Topics)!);
        using CliRunner again = await Run("topics", "apply", Topics);
        string smaller = Path.GetTempFileName();
        await File.WriteAllTextAsync(smaller, "topics: [{ name: transactions, partitions: 2 }]\n", Cancellation);
        using CliRunner shrink = await Run("topics", "apply", smaller);
        File.Delete(smaller);

        Assert.Equal((0, 0, 0, 1), (plan.ExitCode, apply.ExitCode, again.ExitCode, shrink.ExitCode));
        Assert.Contains("+ transactions: 8 partitions", plan.Out, StringComparison.Ordinal);
        Assert.Equal(plan.Out, apply.Out);
        Assert.Equal("Nothing to do.", again.Out.Trim());
        Assert.Contains("! transactions: partitions 8 → 2 refused", shrink.Out, StringComparison.Ordinal);
    }

    private async Task<CliRunner> Run(params string[] args) => await CliRunner.Run([.. args, "-b", _broker.BootstrapServers]);

    private static void AssertOnce(JsonElement[] records)
    {
        string[] sources = [.. records.Select(r => r.GetProperty("headers").GetProperty("si-source").GetString()!)];
        Assert.Equal(Transactions, sources.Distinct().Count());
        JsonElement[] dead = [.. records.Where(r => r.GetProperty("topic").GetString() == "transactions.dlq")];
        Assert.InRange(dead.Length, 1, Transactions / 10);
        Assert.All(dead, r => Assert.False(string.IsNullOrEmpty(r.GetProperty("headers").GetProperty("si-error").GetString())));
        Assert.All(records.Except(dead), r => Assert.InRange(r.GetProperty("value").GetProperty("score").GetDouble(), 0, 1));
    }

    private static void AssertLog(string log)
    {
        JsonElement[] events = [.. log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.All(events, e => Assert.True(e.TryGetProperty("@t", out _)));
        Assert.Single(events, e => e.GetProperty("@mt").GetString()!.Contains("effective configuration", StringComparison.Ordinal));
        Assert.DoesNotContain(events, e => e.TryGetProperty("@l", out JsonElement level) && level.GetString() is "Error" or "Fatal");
    }

    private static void AssertCounts(string metrics)
    {
        double Sum(string name) => metrics.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) && line.Contains("pipeline=\"commands\"", StringComparison.Ordinal)).Sum(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
        Assert.True(Sum("streaminference_records_consumed_total") == Transactions, metrics);
        Assert.Equal(Transactions, Sum("streaminference_records_produced_total") + Sum("streaminference_records_dead_lettered_total"));
        Assert.True(Sum("streaminference_batch_size_count") > 0, metrics);
        Assert.Equal(Transactions, Sum("streaminference_end_to_end_duration_seconds_count"));
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
