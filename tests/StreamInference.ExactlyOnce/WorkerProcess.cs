using StreamInference.TestKit;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce;

/// <summary>A worker as a user starts it: <c>streaminfer run</c> in a process of its own, to be killed, frozen and thawed.</summary>
internal sealed class WorkerProcess : IDisposable
{
    /// <summary>Tests with worker processes run one after the other: each needs the machine for itself.</summary>
    public const string Collection = "worker processes";

    private readonly string _pipelineFile;
    private readonly string _bootstrapServers;
    private readonly string _instance;
    private GuardedProcess? _process;

    public WorkerProcess(string pipelineFile, string bootstrapServers, string instance)
    {
        _pipelineFile = pipelineFile;
        _bootstrapServers = bootstrapServers;
        _instance = instance;
        Start();
    }

    /// <summary>The command line of the same build.</summary>
    public static string CommandLine { get; } = FindCommandLine();

    /// <summary>SIGKILL, then a new process of the same instance.</summary>
    public void KillAndRestart()
    {
        Kill();
        Start();
    }

    public void Kill()
    {
        _process?.Kill();
        _process = null;
    }

    public void Start() => _process ??= GuardedProcess.Start(
        "dotnet", [CommandLine, "run", _pipelineFile, "--bootstrap-servers", _bootstrapServers, "--instance", _instance]);

    public void Freeze() => _process!.Signal(Signals.Stop);

    public void Thaw() => _process!.Signal(Signals.Continue);

    /// <summary>What it said last, and what its threads do.</summary>
    public string Describe() => $"{_instance}: {_process?.Describe() ?? "killed"}";

    public void Dispose() => Kill();

    private static string FindCommandLine()
    {
        string configuration = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/'))!);
        string path = Path.Combine(SharedData.RepositoryRoot, "src", "StreamInference.Cli", "bin", configuration, "net10.0", "streaminfer.dll");
        return File.Exists(path) ? path : throw new FileNotFoundException("The command line is built with these tests.", path);
    }
}
