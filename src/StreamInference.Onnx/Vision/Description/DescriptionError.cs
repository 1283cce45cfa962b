namespace StreamInference.Onnx.Vision.Description;

/// <summary>One thing that is wrong with a description.</summary>
/// <param name="Location">File, line and column, as <c>model.yaml:12:3</c>; the file alone where there is no line.</param>
/// <param name="Key">The key, with those of its sections: <c>preprocess.fit</c>; empty for the file as a whole.</param>
/// <param name="Message">What is wrong, in a sentence.</param>
public sealed record DescriptionError(string Location, string Key, string Message)
{
    /// <summary>One line: location, key, message.</summary>
    public override string ToString() => Key.Length == 0 ? $"{Location}: {Message}" : $"{Location}: {Key} {Message}";
}
