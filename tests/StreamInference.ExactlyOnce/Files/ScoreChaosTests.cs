using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamInference.Simulation;
using StreamInference.TestKit;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.Files;

/// <summary><c>streaminfer score</c>, killed again and again in the middle of a file, leaves the bytes of an undisturbed run, and no file that is not whole has its name.</summary>
[Collection(WorkerProcess.Collection)]
public sealed class ScoreChaosTests : IDisposable
{
    private const int Transactions = 200_000;
    private const int Requests = 120;

    private readonly string _folder = Directory.CreateTempSubdirectory("score-chaos-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("scores.jsonl", 3)]
    [InlineData("scores.csv.zst", 3)]
    [InlineData("scores.parquet", 1)]
    public async Task Killed_scoring_of_transactions_leaves_the_bytes_of_an_undisturbed_one(string output, int kills)
    {
        string pipeline = WritePipeline("tabular", Path.Combine(SharedData.RepositoryRoot, "models", "fraud"), batch: 512);
        (byte[] expected, byte[] seen) = await CompareAsync(pipeline, WriteTransactions, output, kills);
        Assert.True(expected.AsSpan().SequenceEqual(seen), "The results differ.");
        byte[] letters = await ReadAsync(output + ".dead-letters.jsonl"), others = await ReadAsync("undisturbed." + output + ".dead-letters.jsonl");
        Assert.True(letters.AsSpan().SequenceEqual(others), "The dead letters differ.");
        Assert.InRange(letters.Count(code => code == '\n'), Transactions / 200, Transactions / 50);
    }

    [Fact]
    public async Task Killed_answering_of_prompts_leaves_the_answers_of_an_undisturbed_run()
    {
        string pipeline = WritePipeline("llm", SharedData.Require("data/llm/zoo/llama/genai-fp32"), batch: 4);
        (byte[] expected, byte[] seen) = await CompareAsync(pipeline, WriteRequests, "answers.jsonl", kills: 3);
        Assert.Equal(Encoding.UTF8.GetString(expected), Encoding.UTF8.GetString(seen));
        string[] lines = Encoding.UTF8.GetString(seen).TrimEnd('\n').Split('\n');
        Assert.Equal(Requests, lines.Length);
        for (int row = 0; row < Requests; row++)
        {
            using JsonDocument answer = JsonDocument.Parse(lines[row]);
            Assert.Equal(($"r{row}", "length", 150), (answer.RootElement.GetProperty("id").GetString(), answer.RootElement.GetProperty("finish_reason").GetString(), answer.RootElement.GetProperty("token_ids").GetArrayLength()));
        }
    }

    private async Task<(byte[] Expected, byte[] Seen)> CompareAsync(string pipeline, Action<string, int> writeInput, string output, int kills)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        string input = Path.Combine(_folder, "in.jsonl"), undisturbed = Path.Combine(_folder, "undisturbed." + output), killed = Path.Combine(_folder, output);
        writeInput(input, seed);
        await FinishAsync(Start(pipeline, input, undisturbed), cancellation);
        Assert.InRange(await KillAsync(() => Start(pipeline, input, killed), killed, kills, new Random(seed), cancellation), 1, kills);
        if (!File.Exists(killed)) await FinishAsync(Start(pipeline, input, killed), cancellation);
        Assert.Empty(Directory.GetFiles(_folder, "*.partial").Concat(Directory.GetFiles(_folder, "*.journal*")));
        return (await ReadAsync("undisturbed." + output), await ReadAsync(output));
    }

    private Task<byte[]> ReadAsync(string name) => File.ReadAllBytesAsync(Path.Combine(_folder, name), TestContext.Current.CancellationToken);

    /// <summary>Kills each process a moment after it has made something durable, and says how many died in the middle; one that was faster ends it.</summary>
    private static async Task<int> KillAsync(Func<GuardedProcess> start, string output, int kills, Random random, CancellationToken cancellation)
    {
        long durable = 0;
        for (int killed = 0; killed < kills; killed++)
        {
            GuardedProcess process = start();
            DateTime limit = DateTime.UtcNow.AddSeconds(60);
            while (DurableRows(output) is var rows && rows <= durable)
            {
                if (File.Exists(output)) return killed;
                Assert.True(DateTime.UtcNow < limit, $"Nothing became durable for 60 s.\n{process.Describe()}");
                await Task.Delay(1, cancellation);
            }

            await Task.Delay(random.Next(0, 40), cancellation);
            process.Kill();
            if (File.Exists(output)) return killed;
            durable = DurableRows(output);
            Assert.True(durable > 0, "There was no journal.");
        }

        return kills;
    }

    private static long DurableRows(string output)
    {
        string journal = output + ".journal";
        if (!File.Exists(journal)) return 0;
        using JsonDocument entry = JsonDocument.Parse(File.ReadAllBytes(journal));
        return entry.RootElement.GetProperty("Next").GetProperty("Offset").GetInt64();
    }

    private static GuardedProcess Start(string pipeline, string input, string output) =>
        GuardedProcess.Start("dotnet", [WorkerProcess.CommandLine, "score", pipeline, input, "-o", output]);

    private static async Task FinishAsync(GuardedProcess process, CancellationToken cancellation)
    {
        await process.WaitForLineAsync("rows scored into", TimeSpan.FromMinutes(2), cancellation);
        process.Kill();
    }

    private string WritePipeline(string kind, string model, int batch)
    {
        string file = Path.Combine(_folder, "pipeline.yaml");
        File.WriteAllText(file, $$"""
            name: files
            kind: {{kind}}
            input: { topic: in, max_record_bytes: 256KiB }
            output: { topic: out }
            dead_letter: { topic: dlq }
            model: { path: {{model}}, providers: [cpu] }
            batch: { max_size: {{batch}} }
            """);
        return file;
    }

    private static void WriteTransactions(string path, int seed)
    {
        TransactionStream transactions = new(new SimulatorOptions { Seed = (ulong)(uint)seed, Customers = 500, Terminals = 200 }, new BadRecordOptions { HugeBytes = 300_000 });
        ArrayBufferWriter<byte> value = new(), key = new();
        using FileStream file = File.Create(path);
        for (int row = 0; row < Transactions; row++)
        {
            value.ResetWrittenCount();
            key.ResetWrittenCount();
            // Nothing at all is a row too; a line that is empty would be none.
            if (transactions.WriteNext(value, key).IsNullValue || value.WrittenCount == 0) file.Write("null"u8);
            else file.Write(value.WrittenSpan);
            file.WriteByte((byte)'\n');
        }
    }

    private static void WriteRequests(string path, int seed) => File.WriteAllLines(path, Enumerable.Range(0, Requests).Select(row => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"id":"r{{row}}","prompt":"Once upon a time there were {{row}} dragons","max_tokens":150,"ignore_eos":true,{{(row % 2 == 0 ? "\"temperature\":0" : $"\"temperature\":0.9,\"seed\":{seed % 1000 + row}")}}}""")));
}
