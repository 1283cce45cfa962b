using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.Replay;

/// <summary>A runner of a replay as a user starts it: <c>streaminfer replay</c> in a process of its own.</summary>
internal sealed class ReplayProcess : IDisposable
{
    private readonly string[] _arguments;
    private GuardedProcess _process;

    public ReplayProcess(string pipelineFile, KafkaCluster cluster, string output, params string[] more)
    {
        _arguments = [WorkerProcess.CommandLine, "replay", pipelineFile, "--output", output, "-b", cluster.BootstrapServers, .. more];
        _process = GuardedProcess.Start("dotnet", _arguments);
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    /// <summary>SIGTERM: the runner stops in order.</summary>
    public async Task TerminateAsync(CancellationToken cancellation)
    {
        _process.Signal(Signals.Terminate);
        await _process.WaitForLineAsync("was interrupted", TimeSpan.FromSeconds(30), cancellation);
        _process.Kill();
    }

    /// <summary>The same command line again.</summary>
    public void Restart() => _process = GuardedProcess.Start("dotnet", _arguments);

    /// <summary>Waits until it says that the job is finished.</summary>
    public Task FinishedAsync(CancellationToken cancellation) => _process.WaitForLineAsync("is finished", TimeSpan.FromMinutes(5), cancellation);

    /// <summary>What it said last.</summary>
    public string Describe() => _process.Describe();

    public void Dispose() => Kill();
}
