using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Descriptions;

/// <summary>One mistake in a description.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">The line, counted from 1; 0 when it concerns the whole file.</param>
/// <param name="Key">The path of the key, such as <c>inputs[0].features[2].std</c>; empty for the whole file.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public sealed record DescriptionError(string File, int Line, string Key, string Message)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        string place = Line > 0 ? $"{File}({Line})" : File;
        return Key.Length > 0 ? $"{place}: {Key}: {Message}" : $"{place}: {Message}";
    }
}

/// <summary>A description with mistakes; all of them, not the first.</summary>
public sealed class ModelDescriptionException : ModelLoadException
{
    /// <summary>Creates the exception.</summary>
    public ModelDescriptionException(IReadOnlyList<DescriptionError> errors)
        : base(string.Join(Environment.NewLine, errors)) => Errors = errors;

    /// <summary>The mistakes, in the order of the file.</summary>
    public IReadOnlyList<DescriptionError> Errors { get; }
}
