namespace StreamInference.Onnx.Vision.Description;

/// <summary>One mistake in a description.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">The line, counted from 1; 0 when it concerns the whole file.</param>
/// <param name="Key">The path of the key, such as <c>preprocess.fit</c>; empty for the whole file.</param>
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
