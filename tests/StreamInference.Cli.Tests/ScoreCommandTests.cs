using System.Text;
using System.Text.Json;
using StreamInference.Simulation.Vision;
using StreamInference.TestKit;

namespace StreamInference.Cli.Tests;

public sealed class ScoreCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("score-").FullName;

    private static string Pipeline => Path.Combine(SharedData.RepositoryRoot, "topics", "fraud", "pipeline.yaml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_file_is_scored_with_the_pipeline_of_the_topics()
    {
        string transaction = await File.ReadAllTextAsync(Path.Combine(SharedData.RepositoryRoot, "topics", "fraud", "sample-transaction.json"), TestContext.Current.CancellationToken);
        string line = transaction.Replace("\n", "", StringComparison.Ordinal);
        string input = Path.Combine(_folder, "in.jsonl"), output = Path.Combine(_folder, "out.jsonl");
        await File.WriteAllTextAsync(input, $"{line}\nbroken\n{line}\n", TestContext.Current.CancellationToken);
        using CliRunner result = await CliRunner.Run("score", Pipeline, input, "-o", output, "--key", "/card_id");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("2 of 3 rows scored", result.Out, StringComparison.Ordinal);
        Assert.Contains("malformed_json", result.Out, StringComparison.Ordinal);
        string[] scores = await File.ReadAllLinesAsync(output, TestContext.Current.CancellationToken);
        Assert.StartsWith("""{"si_file":"in.jsonl","si_row":2,"si_key":"card-0001889","transaction_id":"d7f030fc3e74beda","seq":0,"score":""", scores[1], StringComparison.Ordinal);
        Assert.DoesNotContain("latency_ms", scores[1], StringComparison.Ordinal);
        using CliRunner again = await CliRunner.Run("score", Pipeline, input, "-o", output);
        Assert.Equal((2, $"{output}: exists already; --overwrite replaces it"), (again.ExitCode, again.Error.Trim()));
    }

    [Fact]
    public async Task Rows_that_name_pictures_have_what_the_model_finds_in_them()
    {
        CameraStream cameras = new(seed: 7, cameras: 2);
        Directory.CreateDirectory(Path.Combine(_folder, "pictures"));
        List<string> rows = ["file,camera,frame"];
        for (int i = 0; i < 6; i++)
        {
            FrameRecord frame = cameras.Next(0);
            File.WriteAllBytes(Path.Combine(_folder, "pictures", $"{i}.jpg"), frame.Value);
            rows.Add($"\"{i}.jpg\",\"{Encoding.UTF8.GetString(frame.Key)}\",{i}");
        }

        rows.Add("\"../in.csv\",\"north\",6");
        string input = Path.Combine(_folder, "in.csv"), output = Path.Combine(_folder, "out.jsonl");
        await File.WriteAllLinesAsync(input, rows, TestContext.Current.CancellationToken);
        string pipeline = await WriteVisionPipelineAsync($"file_root: {Path.Combine(_folder, "pictures")}\n");
        using CliRunner result = await CliRunner.Run("score", pipeline, input, "-o", output);
        Assert.True(result.ExitCode == 0, result.Error);
        JsonElement[] found = [.. (await File.ReadAllLinesAsync(output, TestContext.Current.CancellationToken)).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal([0, 1, 2, 3, 4, 5], found.Select(frame => frame.GetProperty("frame").GetInt32()));
        Assert.All(found, frame => Assert.StartsWith("camera", frame.GetProperty("camera").GetString(), StringComparison.Ordinal));
        Assert.Contains(found, frame => frame.GetProperty("detections").GetArrayLength() > 0);
        Assert.Contains("outside of the allowed folder", await File.ReadAllTextAsync(output + ".dead-letters.jsonl", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_need_a_folder_that_the_model_allows()
    {
        string input = Path.Combine(_folder, "in.jsonl");
        await File.WriteAllTextAsync(input, "{}\n", TestContext.Current.CancellationToken);
        using CliRunner result = await CliRunner.Run("score", await WriteVisionPipelineAsync(""), input, "-o", Path.Combine(_folder, "out.jsonl"));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("has no file_root", result.Error, StringComparison.Ordinal);
    }

    private async Task<string> WriteVisionPipelineAsync(string more)
    {
        string model = Path.Combine(_folder, "model", "1"), demo = Path.Combine(SharedData.RepositoryRoot, "models", "defects", "1");
        Directory.CreateDirectory(model);
        File.Copy(Path.Combine(demo, "model.onnx"), Path.Combine(model, "model.onnx"));
        await File.WriteAllTextAsync(Path.Combine(model, "model.yaml"), await File.ReadAllTextAsync(Path.Combine(demo, "model.yaml")) + more);
        string file = Path.Combine(_folder, "pipeline.yaml");
        await File.WriteAllTextAsync(file, "name: pictures\nkind: vision\ninput: { topic: frames }\noutput: { topic: found }\nmodel: { path: model, providers: [cpu] }\n");
        return file;
    }

    [Theory]
    [InlineData("none.jsonl", "out.csv", 2, "there is no such file")]
    [InlineData("in.jsonl", "out.xls", 2, "says no format")]
    [InlineData("broken.parquet", "out.csv", 1, "is not a Parquet file")]
    [InlineData("twice.csv", "out.csv", 1, "twice.csv:1: in the header \"a\" is there twice")]
    public async Task A_file_that_cannot_be_used_is_one_message_and_an_exit_code(string input, string output, int code, string expected)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "in.jsonl"), "{}\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder, "broken.parquet"), "PAR1 not really", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder, "twice.csv"), "a,a\n1,2\n", TestContext.Current.CancellationToken);
        using CliRunner result = await CliRunner.Run("score", Pipeline, Path.Combine(_folder, input), "-o", Path.Combine(_folder, output), "--log-level", "error");
        Assert.Equal(code, result.ExitCode);
        Assert.Contains(expected, Assert.Single(result.Error.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder, output)));
    }
}
