namespace StreamInference.Onnx.Sessions;

/// <summary>How a session is made.</summary>
public sealed record OnnxSessionOptions
{
    /// <summary>Providers in order of preference. The processor takes over when all are refused, whether it is in the list or not.</summary>
    public IReadOnlyList<ExecutionProvider> Providers { get; init; } = [ExecutionProvider.Cpu];

    /// <summary>The provider without which there is no session; null: any of <see cref="Providers"/>, then the processor.</summary>
    public ExecutionProvider? Require { get; init; }

    /// <summary>The device of CUDA and TensorRT.</summary>
    public int DeviceId { get; init; }

    /// <summary>
    /// Threads inside one operator. 1 by default: workers run side by side, and tree ensembles on more threads differ in their last bits.
    /// </summary>
    public int IntraOpThreads { get; init; } = 1;

    /// <summary>Threads over operators; more than 1 runs independent branches of the graph in parallel.</summary>
    public int InterOpThreads { get; init; } = 1;

    /// <summary>Whether waiting threads burn the processor for a little less latency.</summary>
    public bool AllowSpinning { get; init; }

    /// <summary>Whether ONNX Runtime's own warnings go to the log. Off by default: some models warn on every run.</summary>
    public bool LogRuntimeMessages { get; init; }

    /// <summary>Further entries of ONNX Runtime's session configuration ("session.…"), passed on as they are.</summary>
    public IReadOnlyDictionary<string, string> ConfigEntries { get; init; } = new Dictionary<string, string>();
}
