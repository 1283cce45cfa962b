namespace StreamInference.Onnx.Sessions;

/// <summary>Where a session runs. The names in descriptions and settings are the members' names in lower case.</summary>
public enum ExecutionProvider
{
    /// <summary>The processor; always there.</summary>
    Cpu,

    /// <summary>NVIDIA CUDA.</summary>
    Cuda,

    /// <summary>NVIDIA TensorRT, with CUDA for what it does not take.</summary>
    TensorRt,
}

/// <summary>The names of <see cref="ExecutionProvider"/>.</summary>
public static class ExecutionProviders
{
    /// <summary>The names that settings use, in order of preference.</summary>
    public static IReadOnlyList<string> Names { get; } = ["tensorrt", "cuda", "cpu"];

    /// <summary>The name that settings use.</summary>
    public static string NameOf(ExecutionProvider provider) => provider switch
    {
        ExecutionProvider.TensorRt => "tensorrt",
        ExecutionProvider.Cuda => "cuda",
        _ => "cpu",
    };

    /// <summary>Reads a name; false when there is no such provider.</summary>
    public static bool TryParse(string name, out ExecutionProvider provider)
    {
        (bool known, provider) = name switch
        {
            "tensorrt" => (true, ExecutionProvider.TensorRt),
            "cuda" => (true, ExecutionProvider.Cuda),
            "cpu" => (true, ExecutionProvider.Cpu),
            _ => (false, ExecutionProvider.Cpu),
        };
        return known;
    }

    /// <summary>The file of the provider's library in ONNX Runtime's package; null for the processor.</summary>
    internal static string? LibraryOf(ExecutionProvider provider)
    {
        string? part = provider switch
        {
            ExecutionProvider.TensorRt => "tensorrt",
            ExecutionProvider.Cuda => "cuda",
            _ => null,
        };
        if (part is null) return null;
        return OperatingSystem.IsWindows() ? $"onnxruntime_providers_{part}.dll" : $"libonnxruntime_providers_{part}.so";
    }
}

/// <summary>Why a provider that was asked for does not run the session.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Reason">The cause, as the loader or ONNX Runtime gives it.</param>
public sealed record ProviderRefusal(ExecutionProvider Provider, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"{ExecutionProviders.NameOf(Provider)}: {Reason}";
}
