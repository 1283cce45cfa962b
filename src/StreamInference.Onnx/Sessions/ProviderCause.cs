using System.Runtime.InteropServices;

namespace StreamInference.Onnx.Sessions;

/// <summary>
/// Finds why a provider was refused. The exception says only that a library failed to load; the name of what is missing is in ONNX Runtime's
/// log, or in the loader's words when the library is opened by hand.
/// </summary>
internal static class ProviderCause
{
    internal static string Find(ExecutionProvider provider, string exception, IReadOnlyList<string> logged)
    {
        string? fromLog = logged.Select(CauseIn).FirstOrDefault(cause => cause is not null);
        return fromLog ?? FromLoader(provider) ?? exception;
    }

    /// <summary>"… with error: libcublasLt.so.13: cannot open shared object file" gives what stands after "error:".</summary>
    internal static string? CauseIn(string message)
    {
        const string Mark = "with error: ";
        int at = message.IndexOf(Mark, StringComparison.Ordinal);
        return at < 0 ? null : message[(at + Mark.Length)..].Trim();
    }

    private static string? FromLoader(ExecutionProvider provider)
    {
        if (ExecutionProviders.LibraryOf(provider) is not { } library) return null;
        foreach (string folder in LibraryFolders())
        {
            string path = Path.Combine(folder, library);
            if (!File.Exists(path)) continue;
            try
            {
                NativeLibrary.Free(NativeLibrary.Load(path));
                return null;
            }
            catch (DllNotFoundException refused)
            {
                return refused.Message.Split('\n')[0].Trim();
            }
        }

        return $"{library} is not beside the program";
    }

    private static IEnumerable<string> LibraryFolders() =>
        [AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native")];
}
