namespace StreamInference.Broker.State;

/// <summary>The folder of a broker that keeps its data: a lock, the journal and the logs.</summary>
internal sealed class StateFolder : IDisposable
{
    private readonly FileStream _lock;

    /// <summary>Takes the folder for this broker; <see cref="IOException"/> where another one has it.</summary>
    public StateFolder(string path)
    {
        Directory.CreateDirectory(path);
        _lock = new FileStream(Path.Combine(path, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        JournalPath = Path.Combine(path, "state.journal");
        LogsPath = Path.Combine(path, "logs");
    }

    public string JournalPath { get; }

    public string LogsPath { get; }

    public void Dispose() => _lock.Dispose();
}
