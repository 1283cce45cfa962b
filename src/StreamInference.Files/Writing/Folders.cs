using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StreamInference.Files.Writing;

/// <summary>Makes names durable: a rename is on the disk only when its folder is (fsync(2)).</summary>
internal static partial class Folders
{
    // O_RDONLY: flushing needs no more.
    private const int ReadOnly = 0;

    /// <summary>Flushes the folder of <paramref name="path"/>, where the system can.</summary>
    public static void Sync(string path)
    {
        if (!OperatingSystem.IsLinux()) return;
        int descriptor = Open(Path.GetDirectoryName(Path.GetFullPath(path))!, ReadOnly);
        if (descriptor < 0) return;
        using SafeFileHandle folder = new(descriptor, ownsHandle: true);
        _ = Fsync(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Fsync(int descriptor);
}
