using System.Text.Json;
using StreamInference.Broker;
using StreamInference.TestKit;

namespace StreamInference.Cli.Tests;

/// <summary>A pipeline whose input is another one's output, by commands alone: what is passed over, refused, cancelled and answered.</summary>
public sealed class ExplainStreamTests : IAsyncLifetime
{
    private const string Score = """
        {"transaction_id":"ID","seq":7,"score":0.91,"decision":"DECISION","threshold":0.746,"model":"fraud","version":1,"amount":412.9,"currency":"EUR","merchant_category":"electronics","channel":"CNP","country":"US","card_country":"ES","hour":3,"card_tx_count_1h":5,"card_amount_mean_28d":38.66,"amount_to_card_mean":10.68,"distance_from_home_km":5800.2,"speed_kmh":1270,"known_terminal":0,"terminal_fraud_rate_7d":0.0185}
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("explain-");
    private EmbeddedBroker _broker = null!;

    private static string Root => SharedData.RepositoryRoot;

    public async ValueTask InitializeAsync() => _broker = await EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions(), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Declines_are_explained_the_rest_is_passed_over_and_a_cancelled_or_broken_one_ends_with_its_reason()
    {
        string control = Write("topics.yaml", "topics: [{ name: explain.control }]\n");
        string pipeline = Write("pipeline.yaml", (await File.ReadAllTextAsync(Path.Combine(Root, "topics/explain/pipeline.yaml"), TestContext.Current.CancellationToken))
            .Replace("../../models", Path.Combine(Root, "models"), StringComparison.Ordinal) + "control: { topic: explain.control }\n");
        foreach (string topics in new[] { Path.Combine(Root, "topics/fraud"), Path.Combine(Root, "topics/explain"), control })
        {
            using CliRunner apply = await Run("", "topics", "apply", topics);
            Assert.Equal(ExitCodes.Ok, apply.ExitCode);
        }

        string[] scores = [Of("t0", "approve"), Of("t1", "decline"), """{"transaction_id":"t2","decision":"decline"}""", Of("t3", "decline"), Of("t4", "review")];
        using CliRunner produce = await Run(string.Join('\n', scores), "produce", "fraud.scores", "--key", "/transaction_id");
        using CliRunner cancel = await Run("{\"cancel\":\"t3\"}", "produce", "explain.control");
        using CliRunner run = new();
        Task<int> running = run.Start("run", pipeline, "-b", _broker.BootstrapServers, "--instance", "test");
        using CliRunner tail = await Run("", "tail", "fraud.explanations", "--text", "--from", "beginning", "--count", "3");
        using CliRunner dead = await Run("", "tail", "fraud.scores.dlq", "--from", "beginning", "--count", "1");
        run.Interrupt();

        Assert.True(await running == ExitCodes.Ok, run.Error);
        Assert.Equal(["t1", "t3"], tail.OutLines.Select(line => line.Split(" | ")[0]).Where(id => id[0] == 't').Distinct().Order());
        string explanation = string.Concat(tail.OutLines.Where(line => line.StartsWith("t1 | ", StringComparison.Ordinal) && !line.Contains('[', StringComparison.Ordinal)).Select(line => line["t1 | ".Length..]));
        Assert.StartsWith("Declined with a score of 91%. The amount of 412.90 EUR", explanation, StringComparison.Ordinal);
        Assert.Contains(tail.OutLines, line => line.StartsWith("t1 | [stop, ", StringComparison.Ordinal));
        Assert.Contains(tail.OutLines, line => line.StartsWith("t3 | [cancelled, 0 tokens", StringComparison.Ordinal));
        Assert.Contains(tail.OutLines, line => line.EndsWith(" | [error missing_field]", StringComparison.Ordinal));
        Assert.Equal("missing_field", JsonDocument.Parse(dead.Out).RootElement.GetProperty("headers").GetProperty("si-error").GetString());
        Assert.DoesNotContain(tail.OutLines, line => line.StartsWith("t0", StringComparison.Ordinal) || line.StartsWith("t4", StringComparison.Ordinal));
    }

    private static string Of(string id, string decision) => Score.Trim().Replace("ID", id, StringComparison.Ordinal).Replace("DECISION", decision, StringComparison.Ordinal);

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private async Task<CliRunner> Run(string input, params string[] args)
    {
        CliRunner runner = new() { Input = input };
        await runner.Start([.. args, "-b", _broker.BootstrapServers]);
        return runner;
    }
}
