using System.Text;

namespace StreamInference.Configuration;

/// <summary>One thing that is wrong with a configuration.</summary>
/// <param name="Key">The setting, with its sections: <c>batch.max_size</c>; empty for the file as a whole.</param>
/// <param name="Message">What is wrong, and what would be right.</param>
/// <param name="Location">Where it was said: <c>pipeline.yaml:7:13</c>, an environment variable, a flag; null for code.</param>
public sealed record ConfigError(string Key, string Message, string? Location = null)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        StringBuilder text = new();
        if (Location is not null) text.Append(Location).Append(": ");
        if (Key.Length > 0) text.Append(Key).Append(": ");
        return text.Append(Message).ToString();
    }
}

/// <summary>A configuration that cannot be used; the message names every error, one a line.</summary>
public sealed class InvalidConfigurationException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="subject">The file, or the pipeline's name.</param>
    /// <param name="errors">All errors, at least one.</param>
    public InvalidConfigurationException(string subject, IReadOnlyList<ConfigError> errors)
        : base(Describe(subject, errors)) => Errors = errors;

    /// <summary>All errors, in the order in which they were found.</summary>
    public IReadOnlyList<ConfigError> Errors { get; }

    private static string Describe(string subject, IReadOnlyList<ConfigError> errors) =>
        $"{subject}: {errors.Count} configuration error{(errors.Count == 1 ? "" : "s")}\n{string.Join('\n', errors.Select(e => "  " + e))}";
}
