using StreamInference.Cli.Shell;
using StreamInference.Configuration;
using StreamInference.TestKit;

namespace StreamInference.Cli.Tests;

public sealed class RunCommandTests : IDisposable
{
    private static readonly string Pipeline = Path.Combine(SharedData.RepositoryRoot, "topics/fraud/pipeline.yaml");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("run-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_check_shows_the_effective_configuration_with_secrets_masked_and_starts_nothing()
    {
        using CliRunner check = new();
        check.Environment["STREAMINFERENCE_KAFKA__SASL_PASSWORD"] = "hunter2";
        int code = await check.Start(
            "run", Pipeline, "--check", "-b", "nowhere:1", "-X", "sasl.username=alice", "-X", "ssl.key.password=hunter2", "--set", "batch.max_size=64", "--set", "model.providers=cpu");

        Assert.True(code == ExitCodes.Ok, check.Error);
        Assert.Contains("batch.max_size = 64", check.Out, StringComparison.Ordinal);
        Assert.Contains("kafka.bootstrap.servers = nowhere:1", check.Out, StringComparison.Ordinal);
        Assert.Contains("kafka.sasl.username = alice", check.Out, StringComparison.Ordinal);
        Assert.Contains("kafka.sasl.password = ***", check.Out, StringComparison.Ordinal);
        Assert.Contains("kafka.ssl.key.password = ***", check.Out, StringComparison.Ordinal);
        Assert.Contains("the model loads", check.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", check.Out + check.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_error_of_every_file_is_shown_before_anything_starts()
    {
        string first = Write("first.yaml", "name: a\nworkers: none\n");
        string second = Write("second.yaml", "nam: b\n");
        using CliRunner run = await CliRunner.Run("run", first, second, "--set", "batch.max_size=0");

        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains($"{first}:2:10: workers: \"none\" must be a whole number", run.Error, StringComparison.Ordinal);
        Assert.Contains($"{second}:1:1: nam: unknown setting; did you mean name?", run.Error, StringComparison.Ordinal);
        Assert.Contains("--set batch.max_size: batch.max_size: 0 must be at least 1", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task A_model_that_is_not_there_or_not_for_this_machine_is_refused()
    {
        using CliRunner version = await CliRunner.Run("run", Pipeline, "--check", "--set", "model.version=77");
        Assert.Equal(ExitCodes.Usage, version.ExitCode);
        Assert.Contains("77", version.Error, StringComparison.Ordinal);

        using CliRunner provider = await CliRunner.Run("run", Pipeline, "--check", "--set", "model.providers=abacus");
        Assert.Equal(ExitCodes.Usage, provider.ExitCode);
        Assert.Contains("abacus is not an execution provider", provider.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_pipelines_of_one_name_are_refused()
    {
        using CliRunner run = await CliRunner.Run("run", Pipeline, Pipeline);
        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains("name: is taken by another pipeline", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_process_under_the_machine_s_name_is_refused_until_the_first_has_ended()
    {
        PipelineConfig[] pipelines = [PipelineConfigFile.Load(Pipeline, ConfigOverrides.None.With("kafka.bootstrap.servers", "nowhere:2", "-b"))];
        using (InstanceLock.Take(pipelines))
        {
            InvalidConfigurationException refused = Assert.Throws<InvalidConfigurationException>(() => InstanceLock.Take(pipelines));
            Assert.Contains("--instance: fraud already runs on this machine", refused.Message, StringComparison.Ordinal);
        }

        InstanceLock.Take(pipelines).Dispose();
    }

    [Fact]
    public async Task Inspecting_a_model_says_what_it_takes_and_where_it_runs()
    {
        using CliRunner inspect = await CliRunner.Run("models", "inspect", Path.Combine(SharedData.RepositoryRoot, "models/fraud"), "--model-version", "1", "--provider", "cpu");
        Assert.Equal(ExitCodes.Ok, inspect.ExitCode);
        Assert.Contains("name       fraud@1", inspect.Out, StringComparison.Ordinal);
        Assert.Contains("/amount", inspect.Out, StringComparison.Ordinal);
        Assert.Contains("provider   cpu", inspect.Out, StringComparison.Ordinal);
        Assert.Contains("rows       independent", inspect.Out, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
