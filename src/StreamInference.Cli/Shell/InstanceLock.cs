using StreamInference.Configuration;
using StreamInference.Hosting;

namespace StreamInference.Cli.Shell;

/// <summary>
/// Keeps two processes of one machine from running a pipeline under the machine's name: each would fence the other for ever.
/// </summary>
internal sealed class InstanceLock : IDisposable
{
    private readonly List<MachineLock> _held = [];

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
            if (MachineLock.TryTake($"{pipeline.Kafka.BootstrapServers}\n{pipeline.Name}") is { } held) locks._held.Add(held);
            else
                errors.Add(new ConfigError("--instance", $"{pipeline.Name} already runs on this machine under the machine's name; give this process a name of its own (--instance or STREAMINFERENCE_INSTANCE)"));
        }

        if (errors.Count == 0) return locks;
        locks.Dispose();
        throw new InvalidConfigurationException("run", errors);
    }

    /// <summary>Gives the locks back.</summary>
    public void Dispose() => _held.ForEach(held => held.Dispose());
}
