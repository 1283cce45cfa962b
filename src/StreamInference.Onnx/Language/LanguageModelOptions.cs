namespace StreamInference.Onnx.Language;

/// <summary>How a language model is loaded: threads and memory.</summary>
public sealed record LanguageModelOptions
{
    /// <summary>Sequences that run at once (<c>max_num_seqs</c>).</summary>
    public int MaxSequences { get; init; } = 8;

    /// <summary>Longest sequence; null means the model's own limit, at most 4,096.</summary>
    public int? MaxSequenceLength { get; init; }

    /// <summary>
    /// Bytes for keys and values, running and cached; null means every sequence at its longest and a quarter more for cached prefixes. With less,
    /// admission waits for memory and running sequences are preempted.
    /// </summary>
    public long? KvCacheBytes { get; init; }

    /// <summary>Tokens of a block: the grain of memory accounting and of the prefix cache.</summary>
    public int BlockSize { get; init; } = 16;

    /// <summary>Threads inside one operator.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// Whether our own exports run decode rows and a prompt chunk in one go, by a second session over the same weights. It holds its own copy of them;
    /// null means yes up to 512 MiB of weights.
    /// </summary>
    public bool? MixedSteps { get; init; }

    /// <summary>For a checkpoint that is exported on the way: see <see cref="Export.LanguageModelExportOptions.ExactActivations"/>.</summary>
    public bool ExactActivations { get; init; }

    /// <summary>Name in logs and results; null means the folder's.</summary>
    public string? Name { get; init; }
}
