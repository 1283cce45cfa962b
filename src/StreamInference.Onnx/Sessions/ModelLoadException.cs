namespace StreamInference.Onnx.Sessions;

/// <summary>A model that cannot be served: the file, its description, or what the machine lacks for it. The message says what to change.</summary>
public class ModelLoadException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ModelLoadException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
