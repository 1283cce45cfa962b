namespace StreamInference.Files;

/// <summary>Finds the files that a command names.</summary>
public static class InputFiles
{
    /// <summary>Expands names and patterns (<c>*</c> and <c>?</c> in the last part): the files of each in ordinal order, each file once.</summary>
    /// <exception cref="FileFailureException">One names no file.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> patterns)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        List<string> files = [];
        foreach (string pattern in patterns)
        {
            string[] found = [.. Find(pattern)];
            if (found.Length == 0) throw new FileFailureException(pattern, "there is no such file") { IsUsage = true };
            foreach (string file in found)
                if (!files.Contains(file)) files.Add(file);
        }

        return files;
    }

    private static IEnumerable<string> Find(string pattern)
    {
        if (File.Exists(pattern)) return [Path.GetFullPath(pattern)];
        string name = Path.GetFileName(pattern);
        string folder = Path.GetDirectoryName(Path.GetFullPath(pattern))!;
        if (name.AsSpan().IndexOfAny('*', '?') < 0 || !Directory.Exists(folder)) return [];
        return Directory.GetFiles(folder, name).Order(StringComparer.Ordinal);
    }
}
