namespace StreamInference.TestKit;

/// <summary>
/// Real models, pictures and transactions that live beside the repository, not in it. Found by <c>STREAMINFERENCE_SHARED</c> or as a folder
/// named <c>shared</c> beside the repository; absent on a fresh machine, where the tests that need it skip by name.
/// </summary>
public static class SharedData
{
    private static readonly Lazy<string?> Found = new(Find);

    /// <summary>The folder; null where there is none.</summary>
    public static string? Root => Found.Value;

    /// <summary>The repository's root: the folder that holds StreamInference.sln.</summary>
    public static string RepositoryRoot { get; } = FindRepository();

    /// <summary>Whether <paramref name="relative"/> exists in the shared folder.</summary>
    public static bool Has(string relative) => Root is not null && Path.Exists(Path.Combine(Root, relative));

    /// <summary>The full path of <paramref name="relative"/>; skips the running test, with the reason, where it is absent.</summary>
    public static string Require(string relative)
    {
        Xunit.Assert.SkipUnless(Has(relative), $"shared/{relative} is not on this machine (put the shared data beside the repository or set STREAMINFERENCE_SHARED)");
        return Path.Combine(Root!, relative);
    }

    private static string? Find()
    {
        string? named = Environment.GetEnvironmentVariable("STREAMINFERENCE_SHARED");
        if (!string.IsNullOrEmpty(named)) return Directory.Exists(named) ? named : null;
        for (DirectoryInfo? folder = new(RepositoryRoot); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(Path.Combine(candidate, "data"))) return candidate;
        }

        return null;
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "StreamInference.sln"))) return folder.FullName;
        throw new InvalidOperationException("The tests run from a build output inside the repository.");
    }
}
