using System.Security.Cryptography;
using System.Text;
using StreamInference.Configuration;

namespace StreamInference.Cli.Shell;

/// <summary>
/// Keeps two processes of one machine from running a pipeline under the machine's name: each would fence the other for ever. The lock is the operating
/// system's, so it ends with the process, however that ends.
/// </summary>
internal sealed class InstanceLock : IDisposable
{
    private readonly List<FileStream> _held = [];

    private InstanceLock()
    {
    }

    /// <summary>Takes the lock of each pipeline on its cluster.</summary>
    /// <exception cref="InvalidConfigurationException">Another process of this machine holds one of them.</exception>
    public static InstanceLock Take(IEnumerable<PipelineConfig> pipelines)
    {
        InstanceLock locks = new();
        List<ConfigError> errors = [];
        foreach (PipelineConfig pipeline in pipelines)
        {
            if (!locks.TryTake(pipeline))
                errors.Add(new ConfigError("--instance", $"{pipeline.Name} already runs on this machine under the machine's name; give this process a name of its own (--instance or STREAMINFERENCE_INSTANCE)"));
        }

        if (errors.Count == 0) return locks;
        locks.Dispose();
        throw new InvalidConfigurationException("run", errors);
    }

    /// <summary>Gives the locks back.</summary>
    public void Dispose() => _held.ForEach(held => held.Dispose());

    private bool TryTake(PipelineConfig pipeline)
    {
        byte[] name = SHA256.HashData(Encoding.UTF8.GetBytes($"{pipeline.Kafka.BootstrapServers}\n{pipeline.Name}\n{Environment.UserName}"));
        string path = Path.Combine(Path.GetTempPath(), $"streaminfer-{Convert.ToHexStringLower(name.AsSpan(0, 8))}.lock");
        try
        {
            _held.Add(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
