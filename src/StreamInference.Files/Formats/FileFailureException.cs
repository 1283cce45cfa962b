using System.Globalization;

namespace StreamInference.Files;

/// <summary>A file that cannot be read or written; the message names the file, and the line where there is one.</summary>
public sealed class FileFailureException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What is wrong with it.</param>
    /// <param name="line">The line, counted from 1; null where there is none.</param>
    /// <param name="inner">What the file system or a decoder said.</param>
    public FileFailureException(string path, string problem, long? line = null, Exception? inner = null)
        : base(line is { } at ? string.Create(CultureInfo.InvariantCulture, $"{path}:{at}: {problem}") : $"{path}: {problem}", inner) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Whether nothing was started: a missing file, a name without a known ending, an output that exists.</summary>
    public bool IsUsage { get; init; }
}
