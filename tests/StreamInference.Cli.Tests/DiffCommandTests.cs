using System.Text.Json;
using StreamInference.Broker;
using StreamInference.TestKit;

namespace StreamInference.Cli.Tests;

/// <summary>A candidate judged by commands alone, over topics and over files.</summary>
public sealed class DiffCommandTests : IAsyncLifetime
{
    private const int Transactions = 3000;

    private static readonly string Pipeline = Path.Combine(SharedData.RepositoryRoot, "topics/fraud/pipeline.yaml");

    private readonly string _folder = Directory.CreateTempSubdirectory("diff-").FullName;
    private EmbeddedBroker _broker = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _broker = await EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions(), Cancellation);
        await File.WriteAllTextAsync(Path.Combine(_folder, "diff.yaml"), "segments: [/channel]\nlimits: { max_flips: 0, max_score_difference: 0, max_missing: 0, max_repeated: 0, max_dead_lettered: 0 }\n", Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_replay_is_judged_against_the_live_topic()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "topics.yaml"), "topics: [{ name: transactions, partitions: 4 }, { name: differences, partitions: 1 }]\n", Cancellation);
        using CliRunner apply = await Run("topics", "apply", Path.Combine(_folder, "topics.yaml"));
        using CliRunner produce = await Run("produce", "transactions", "--simulate", "--count", $"{Transactions}", "--bad", "0.02");
        using CliRunner live = await Replay("fraud@1", "live");
        Assert.True(live.ExitCode == 0, live.Error + live.Out);

        using CliRunner same = await Replay("fraud@1", "same", "--against", "live", "--against-dead-letters", "live.dlq", "--diff", Path.Combine(_folder, "diff.yaml"), "--report", Path.Combine(_folder, "same.json"));
        Assert.True(same.ExitCode == 0, same.Error + same.Out);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_folder, "same.json"), Cancellation));
        JsonElement diff = report.RootElement.GetProperty("diff");
        Assert.Equal((0, 0.0), (diff.GetProperty("flips").GetInt64(), diff.GetProperty("psi").GetDouble()));
        long compared = diff.GetProperty("compared").GetInt64();
        Assert.Equal(compared, diff.GetProperty("same_score").GetInt64());
        Assert.Equal(Transactions, compared + diff.GetProperty("gaps").GetProperty("dead_lettered_both").GetInt64());

        string page = Path.Combine(_folder, "candidate.html");
        using CliRunner candidate = await Replay("fraud@2", "candidate", "--against", "live", "--against-dead-letters", "live.dlq", "--diff", Path.Combine(_folder, "diff.yaml"), "--diff-output", "differences", "--report", page);
        Assert.Equal(1, candidate.ExitCode);
        Assert.Contains("beyond the limit max_score_difference", candidate.Out, StringComparison.Ordinal);
        Assert.Contains("<td class=\"t\">/channel</td><td class=\"t\">CNP</td>", await File.ReadAllTextAsync(page, Cancellation), StringComparison.Ordinal);
        using CliRunner tail = await Run("tail", "differences", "--from", "earliest", "--until-end");
        JsonElement[] records = [.. tail.OutLines.Select(line => JsonDocument.Parse(line).RootElement)];
        JsonElement summary = Assert.Single(records, record => record.GetProperty("key").GetString() == "summary").GetProperty("value");
        Assert.Equal(summary.GetProperty("flips").GetInt64(), records.Count(record => record.GetProperty("value").TryGetProperty("kind", out JsonElement kind) && kind.GetString() == "flip"));
        using CliRunner again = await Run("diff", "live", "candidate", "--live-dead-letters", "live.dlq", "--candidate-dead-letters", "candidate.dlq", "--input", "transactions");
        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Contains("live: " + compared.ToString("N0", System.Globalization.CultureInfo.InvariantCulture) + " compared", again.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_files_of_results_are_compared_by_their_rows()
    {
        string live = Path.Combine(_folder, "live.jsonl"), candidate = Path.Combine(_folder, "candidate.csv");
        await File.WriteAllTextAsync(live, string.Concat(Enumerable.Range(0, 50).Select(i => $"{{\"si_file\":\"a\",\"si_row\":{i},\"score\":0.1,\"decision\":\"approve\"}}\n")), Cancellation);
        await File.WriteAllTextAsync(candidate, "si_file,si_row,score,decision\n" + string.Concat(Enumerable.Range(0, 49).Reverse().Select(i => $"a,{i},{(i == 7 ? "0.9,decline" : "0.1,approve")}\n")), Cancellation);
        using CliRunner diff = await CliRunner.Run("diff", live, candidate, "--diff", Path.Combine(_folder, "diff.yaml"));
        Assert.Equal(1, diff.ExitCode);
        Assert.Contains("49 compared", diff.Out, StringComparison.Ordinal);
        Assert.Contains("a/7: approve 0.1 -> decline 0.9", diff.Out, StringComparison.Ordinal);
        Assert.Contains("missing: 0 live, 1 candidate", diff.Out, StringComparison.Ordinal);
        using CliRunner mixed = await CliRunner.Run("diff", "topic", candidate);
        Assert.Equal(2, mixed.ExitCode);
    }

    private async Task<CliRunner> Run(params string[] args) => await CliRunner.Run([.. args, "-b", _broker.BootstrapServers]);

    private Task<CliRunner> Replay(string model, string output, params string[] more) => Run(["replay", Pipeline, "--model", model, "--output", output, .. more]);
}
