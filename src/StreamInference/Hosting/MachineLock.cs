using System.Security.Cryptography;
using System.Text;

namespace StreamInference.Hosting;

/// <summary>
/// A name that one process of this machine and user has at a time, by a lock of the operating system: it ends with the process, however that ends.
/// </summary>
public sealed class MachineLock : IDisposable
{
    private readonly FileStream _held;

    private MachineLock(FileStream held) => _held = held;

    /// <summary>Takes the lock of a name; null when another process, or this one, has it.</summary>
    /// <param name="name">Any text that tells what is locked, the cluster included.</param>
    public static MachineLock? TryTake(string name)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{name}\n{Environment.UserName}"));
        string path = Path.Combine(Path.GetTempPath(), $"streaminfer-{Convert.ToHexStringLower(hash.AsSpan(0, 8))}.lock");
        try
        {
            return new MachineLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose() => _held.Dispose();
}
