using StreamInference.TestKit;

namespace StreamInference.Cli.Tests;

public sealed class GenerateCommandTests
{
    private const string Stories = "data/llm/tinystories-656k";

    [Fact]
    public async Task Text_comes_from_a_checkpoint_with_speed_at_the_end()
    {
        using CliRunner run = await CliRunner.Run("generate", "--model", SharedData.Require(Stories), "--prompt", "Once upon a time", "--max-tokens", "24", "--threads", "1");
        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        Assert.StartsWith(", a little girl named Lily", run.Out, StringComparison.Ordinal);
        Assert.Contains("24 tokens (Length)", run.Error, StringComparison.Ordinal);
        Assert.Contains("tokens/s", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_of_standard_input_are_turns_of_one_conversation()
    {
        using CliRunner run = new() { Input = "Hello\nAnd then?\n" };
        await run.Start("generate", "--model", SharedData.Require("data/llm/zoo/qwen2/genai-fp32"), "--max-tokens", "5", "--stats", "--threads", "1");
        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        string[] answers = [.. run.Error.Split('\n').Where(l => l.Contains("tokens/s", StringComparison.Ordinal))];
        Assert.Equal(2, answers.Length);
        Assert.DoesNotContain("(0 cached)", answers[1], StringComparison.Ordinal);
        Assert.Contains("step 1: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Impossible_sampling_fails_with_the_names_of_the_values()
    {
        using CliRunner run = await CliRunner.Run("generate", "--model", SharedData.Require(Stories), "--prompt", "a", "--top-p", "0", "--max-tokens", "-1");
        Assert.Equal(ExitCodes.Failure, run.ExitCode);
        Assert.Contains("top_p", run.Error, StringComparison.Ordinal);
        Assert.Contains("max_tokens", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_a_usage_error()
    {
        using CliRunner run = await CliRunner.Run("generate", "--model", "/does/not/exist", "--prompt", "a");
        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains("/does/not/exist", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_shows_architecture_and_memory()
    {
        using CliRunner run = await CliRunner.Run("models", "inspect", SharedData.Require("data/llm/zoo/llama/genai-int4"), "--max-model-len", "256", "--kv-cache-mib", "1");
        Assert.Equal(ExitCodes.Ok, run.ExitCode);
        Assert.Contains("llama, shared-buffer graph, int4 weights", run.Out, StringComparison.Ordinal);
        Assert.Contains("2 key/value heads of 16", run.Out, StringComparison.Ordinal);
        Assert.Contains("5 sequences at their longest", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_writes_a_folder_that_generates_and_reports_its_distance()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("streaminference-");
        try
        {
            using CliRunner export = await CliRunner.Run("models", "export", SharedData.Require(Stories), folder.FullName, "--precision", "int8", "--report");
            Assert.Equal(ExitCodes.Ok, export.ExitCode);
            Assert.Contains("largest logit difference", export.Out, StringComparison.Ordinal);
            using CliRunner run = await CliRunner.Run("generate", "--model", folder.FullName, "--prompt", "Once upon a time", "--max-tokens", "8", "--threads", "1");
            Assert.StartsWith(", a little girl", run.Out, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
