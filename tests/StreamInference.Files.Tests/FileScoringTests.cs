using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Configuration;
using StreamInference.Pipeline;
using StreamInference.TestKit;

namespace StreamInference.Files.Tests;

public sealed class FileScoringTests : IDisposable, IServiceProvider
{
    private const string Output = "out";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public object? GetService(Type serviceType) => null;

    public static TheoryData<string> Outputs => ["o.jsonl", "o.jsonl.gz", "o.csv", "o.csv.zst", "o.parquet"];

    private static PipelineConfig Pipeline(int batch = 10) => new()
    {
        Name = "files",
        Kind = "tabular",
        Input = new InputConfig { Topic = "in", MaxRecordBytes = new ByteSize(200) },
        Output = new OutputConfig { Topic = Output },
        Model = new ModelConfig { Path = Path.Combine(SharedData.RepositoryRoot, "models", "fraud") },
        Batch = new BatchConfig { MaxSize = batch },
        Commit = new CommitConfig { Interval = TimeSpan.FromMilliseconds(1), MaxRecords = 7 },
    };

    private Task<FileScoringReport> RunAsync(string output, BatchEchoModel model, string? key = null, bool overwrite = false, CancellationTokenSource? stop = null, params string[] inputs) =>
        FileScoring.RunAsync(
            Pipeline(),
            new FileScoringOptions { Inputs = inputs, Output = _folder[output], Key = key, Overwrite = overwrite, ChunkBytes = 900, ChunkRows = 25 },
            model, this, NullLoggerFactory.Instance, stop: stop?.Token ?? TestContext.Current.CancellationToken);

    private string Lines(string name, int count, int badEvery = 0) => _folder.Write(
        name, string.Concat(Enumerable.Range(0, count).Select(i => badEvery > 0 && i % badEvery == 3
            ? (i % 2 == 0 ? $"{{\"bad\":{i}}}\n" : $"{{\"long\":\"{new string('x', 300)}\"}}\n")
            : $"{{\"card\":\"c{i % 5}\",\"n\":{i}}}\n")));

    [Fact]
    public async Task Rows_of_all_files_have_their_result_in_order()
    {
        string[] inputs = [Lines("b.jsonl", 7), Lines("a.jsonl.gz", 18)];
        FileScoringReport report = await RunAsync("o.jsonl", new BatchEchoModel(), "/card", inputs: inputs);
        string[] lines = await File.ReadAllLinesAsync(_folder["o.jsonl"], TestContext.Current.CancellationToken);
        Assert.Equal((25, 25, 0), (report.Results, report.Rows, report.ResumedAt));
        Assert.Equal(25, lines.Length);
        Assert.StartsWith("""{"si_file":"b.jsonl","si_row":6,"si_key":"c1","id":6,""", lines[6], StringComparison.Ordinal);
        Assert.StartsWith("""{"si_file":"a.jsonl.gz","si_row":0,"si_key":"c0","id":7,""", lines[7], StringComparison.Ordinal);
        Assert.Contains("\"place\":\"4/5\"", lines[24], StringComparison.Ordinal);
        Assert.Equal(["a.jsonl.gz", "b.jsonl", "o.jsonl"], _folder.Names());
    }

    [Fact]
    public async Task Rows_without_a_result_are_dead_letters_in_the_order_of_the_rows()
    {
        FileScoringReport report = await RunAsync("o.csv", new BatchEchoModel(), inputs: Lines("a.jsonl", 100, badEvery: 9));
        string[] letters = await File.ReadAllLinesAsync(_folder["o.csv.dead-letters.jsonl"], TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 100).Where(i => i % 9 == 3), letters.Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("si_row").GetInt32()));
        Assert.StartsWith("""{"si_file":"a.jsonl","si_row":3,"si_line":4,"si_error":"record_too_large",""", letters[0], StringComparison.Ordinal);
        Assert.EndsWith(""""value":"{\"bad\":12}"}"""", letters[1], StringComparison.Ordinal);
        Assert.Equal((89, 11), (report.Results, report.DeadLetters.Values.Sum()));
        Assert.Equal(_folder["o.csv.dead-letters.jsonl"], report.DeadLetterFile);
    }

    [Theory]
    [MemberData(nameof(Outputs))]
    public async Task A_job_that_breaks_at_any_batch_and_goes_on_writes_the_same_bytes(string output)
    {
        string input = Lines("a.jsonl", 333, badEvery: 11);
        string second = Lines("b.jsonl", 50, badEvery: 7);
        await RunAsync(output, new BatchEchoModel(), "/card", inputs: [input, second]);
        byte[] expected = await File.ReadAllBytesAsync(_folder[output], TestContext.Current.CancellationToken);
        byte[] letters = await File.ReadAllBytesAsync(_folder[output + ".dead-letters.jsonl"], TestContext.Current.CancellationToken);
        int resumed = 0;
        for (int dies = 1; dies < 38; dies += 6)
        {
            File.Delete(_folder[output]);
            FileScoringReport? report = null;
            for (int life = 0; report is null; life++)
            {
                try
                {
                    report = await RunAsync(output, new BatchEchoModel { DiesAfter = dies + life }, "/card", inputs: [input, second]);
                    if (report.ResumedAt > 0) resumed++;
                }
                catch (PipelineFailedException)
                {
                    Assert.False(File.Exists(_folder[output]), "A file that is not whole has its name.");
                }
            }

            Assert.Equal(expected, await File.ReadAllBytesAsync(_folder[output], TestContext.Current.CancellationToken));
            Assert.Equal(letters, await File.ReadAllBytesAsync(_folder[output + ".dead-letters.jsonl"], TestContext.Current.CancellationToken));
            Assert.Equal(383, report.Rows);
        }

        Assert.True(resumed > 2, "No run went on where another had stopped.");
    }

    [Fact]
    public async Task A_job_that_stopped_while_it_gave_the_files_their_names_only_ends_that()
    {
        string input = Lines("a.jsonl", 100, badEvery: 9);
        Directory.CreateDirectory(_folder["o.jsonl"]);
        await Assert.ThrowsAnyAsync<IOException>(() => RunAsync("o.jsonl", new BatchEchoModel(), inputs: input));
        Directory.Delete(_folder["o.jsonl"]);
        FileScoringReport report = await RunAsync("o.jsonl", new BatchEchoModel { DiesAfter = 0 }, inputs: input);
        Assert.Equal((100, 100), (report.Rows, report.ResumedAt));
        Assert.Equal(89, (await File.ReadAllLinesAsync(_folder["o.jsonl"], TestContext.Current.CancellationToken)).Length);
        Assert.Equal(["a.jsonl", "o.jsonl", "o.jsonl.dead-letters.jsonl"], _folder.Names());
    }

    [Fact]
    public async Task A_job_that_is_stopped_goes_on()
    {
        string input = Lines("a.jsonl", 2000);
        using CancellationTokenSource stop = new();
        int batches = 0;
        BatchEchoModel model = new() { AfterBatch = () => { if (++batches == 50) stop.Cancel(); } };
        await Assert.ThrowsAsync<OperationCanceledException>(() => RunAsync("o.jsonl", model, stop: stop, inputs: input));
        FileScoringReport report = await RunAsync("o.jsonl", new BatchEchoModel(), inputs: input);
        Assert.InRange(report.ResumedAt, 300, 1999);
        string[] lines = await File.ReadAllLinesAsync(_folder["o.jsonl"], TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 2000), lines.Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("si_row").GetInt32()));
        Assert.All(lines, line => Assert.Contains("/10\"", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_model_that_remembers_keys_does_not_go_on_in_the_middle()
    {
        string input = Lines("a.jsonl", 400);
        await Assert.ThrowsAsync<PipelineFailedException>(() => RunAsync("o.jsonl", new BatchEchoModel { KeepsState = true, DiesAfter = 20 }, inputs: input));
        PipelineFailedException refused = await Assert.ThrowsAsync<PipelineFailedException>(() => RunAsync("o.jsonl", new BatchEchoModel { KeepsState = true }, inputs: input));
        Assert.Contains("o.jsonl.journal", refused.Message, StringComparison.Ordinal);
        File.Delete(_folder["o.jsonl.journal"]);
        FileScoringReport report = await RunAsync("o.jsonl", new BatchEchoModel { KeepsState = true }, inputs: input);
        Assert.Equal((0, 400), (report.ResumedAt, report.Rows));
    }

    [Fact]
    public async Task Another_job_does_not_go_on_with_the_work_of_the_first()
    {
        string input = Lines("a.jsonl", 400);
        await Assert.ThrowsAsync<PipelineFailedException>(() => RunAsync("o.jsonl", new BatchEchoModel { DiesAfter = 20 }, inputs: input));
        File.AppendAllText(input, "{\"n\":1}\n");
        FileScoringReport report = await RunAsync("o.jsonl", new BatchEchoModel(), inputs: input);
        Assert.Equal((0, 401), (report.ResumedAt, report.Rows));
    }

    [Fact]
    public async Task An_output_that_exists_is_replaced_only_when_told_and_only_at_the_end()
    {
        string input = Lines("a.jsonl", 40, badEvery: 9);
        await RunAsync("o.jsonl", new BatchEchoModel(), inputs: input);
        Assert.True((await Assert.ThrowsAsync<FileFailureException>(() => RunAsync("o.jsonl", new BatchEchoModel(), inputs: input))).IsUsage);
        string other = Lines("b.jsonl", 20);
        await RunAsync("o.jsonl", new BatchEchoModel(), overwrite: true, inputs: other);
        Assert.Equal(["a.jsonl", "b.jsonl", "o.jsonl"], _folder.Names());
    }

    [Fact]
    public async Task A_second_run_of_a_running_job_is_refused()
    {
        string input = Lines("a.jsonl", 40);
        Task<FileScoringReport>? second = null;
        BatchEchoModel model = new() { AfterBatch = () => second ??= RunAsync("o.jsonl", new BatchEchoModel(), inputs: input) };
        await RunAsync("o.jsonl", model, inputs: input);
        FileFailureException failure = await Assert.ThrowsAsync<FileFailureException>(() => second!);
        Assert.Contains("o.jsonl.partial", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_read_before_a_broken_place_is_kept_for_the_next_run()
    {
        string input = Lines("a.jsonl.gz", 4000);
        byte[] whole = await File.ReadAllBytesAsync(input, TestContext.Current.CancellationToken);
        File.WriteAllBytes(input, whole[..^20]);
        FileFailureException failure = await Assert.ThrowsAsync<FileFailureException>(() => RunAsync("o.jsonl", new BatchEchoModel(), inputs: input));
        Assert.False(failure.IsUsage);
        Assert.Contains("cut short", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["o.jsonl"]));
    }

    [Theory]
    [MemberData(nameof(Outputs))]
    public async Task No_rows_give_a_whole_file_without_rows(string output)
    {
        FileScoringReport report = await RunAsync(output, new BatchEchoModel(), inputs: Lines("a.jsonl", 0));
        Assert.Equal(0, report.Rows);
        if (!output.EndsWith(".gz", StringComparison.Ordinal)) Assert.Empty(Rows.Read(_folder[output]));
    }

    [Fact]
    public async Task Every_format_holds_the_same_results()
    {
        string input = Lines("a.jsonl", 120);
        foreach (string output in Outputs.Select(row => row.Data)) await RunAsync(output, new BatchEchoModel(), "/card", inputs: input);
        string[] Scores(string output) => [.. Rows.Read(_folder[output]).Select(row => System.Text.Json.JsonDocument.Parse(row.Value).RootElement)
            .Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.GetProperty("si_row")} {row.GetProperty("si_key")} {row.GetProperty("score").GetDouble():R} {row.GetProperty("place")} {row.GetProperty("flag").ValueKind}"))];
        string[] expected = Scores("o.jsonl");
        Assert.Equal(120, expected.Length);
        foreach (string output in Outputs.Select(row => row.Data)) Assert.Equal(expected, Scores(output));
    }

    [Fact]
    public async Task A_missing_input_or_an_unknown_ending_starts_nothing()
    {
        Assert.True((await Assert.ThrowsAsync<FileFailureException>(() => RunAsync("o.jsonl", new BatchEchoModel(), inputs: _folder["none.jsonl"]))).IsUsage);
        Assert.True((await Assert.ThrowsAsync<FileFailureException>(() => RunAsync("o.xlsx", new BatchEchoModel(), inputs: Lines("a.jsonl", 1)))).IsUsage);
        Assert.Equal(["a.jsonl"], _folder.Names());
    }
}
