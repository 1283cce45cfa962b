using System.Globalization;
using StreamInference.Hosting;

namespace StreamInference.Replay.Running;

/// <summary>
/// A runner's name among those of its job, held by a lock of the operating system: it ends with the process, however that ends, so that the next runner of
/// the machine has the name, and with it the partitions and the unfinished transaction, at once.
/// </summary>
internal sealed class RunnerLock : IDisposable
{
    private const int MostRunners = 64;

    private readonly MachineLock? _held;

    private RunnerLock(string instance, bool isFirst, MachineLock? held) => (Instance, IsFirst, _held) = (instance, isFirst, held);

    /// <summary>The runner's name.</summary>
    public string Instance { get; }

    /// <summary>Whether no other process of this machine runs the job.</summary>
    public bool IsFirst { get; }

    /// <summary>Takes the first name that is free; a name that the user chose is not locked.</summary>
    public static RunnerLock Take(string? servers, string group, string? chosen)
    {
        if (chosen is not null) return new RunnerLock(chosen, isFirst: true, held: null);
        for (int number = 1; number <= MostRunners; number++)
        {
            if (MachineLock.TryTake(string.Create(CultureInfo.InvariantCulture, $"{servers}\n{group}\n{number}")) is not { } held) continue;
            string name = number == 1 ? Environment.MachineName : string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{number}");
            return new RunnerLock(name, number == 1, held);
        }

        throw new InvalidOperationException($"{MostRunners} processes of this machine run {group}.");
    }

    /// <summary>Gives the name back.</summary>
    public void Dispose() => _held?.Dispose();
}
