using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace StreamInference.Kafka.Native;

/// <summary>Binds our imports to the library that Confluent.Kafka has loaded, under whichever name it exists on this system.</summary>
internal static class NativeLibraryResolver
{
    // In Confluent.Kafka's own order of preference: the default build wants libsasl2.so.3, which Debian and Ubuntu lack.
    private static readonly string[] Candidates = ["librdkafka", "centos8-librdkafka", "alpine-librdkafka"];

    private static int _installed;

    /// <summary>Loads the library and installs the resolver, once.</summary>
    public static void Install()
    {
        if (Interlocked.Exchange(ref _installed, 1) != 0) return;
        // The version call makes Confluent.Kafka choose and load its variant first.
        _ = Library.Version;
        NativeLibrary.SetDllImportResolver(typeof(LibRdKafka).Assembly, Resolve);
    }

    /// <summary>Answers <see cref="LibRdKafka.Name"/>; for other assemblies that import from the same library.</summary>
    internal static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != LibRdKafka.Name) return 0;
        foreach (string candidate in Candidates)
            if (NativeLibrary.TryLoad(candidate, typeof(Handle).Assembly, null, out nint library) && IsLoadedVersion(library)) return library;
        throw new DllNotFoundException($"None of {string.Join(", ", Candidates)} is the library that Confluent.Kafka {Library.VersionString} has loaded.");
    }

    private static unsafe bool IsLoadedVersion(nint library) =>
        NativeLibrary.TryGetExport(library, "rd_kafka_version", out nint version)
        && ((delegate* unmanaged[Cdecl]<int>)version)() == Library.Version;
}
