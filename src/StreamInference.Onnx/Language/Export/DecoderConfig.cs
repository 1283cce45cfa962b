namespace StreamInference.Onnx.Language.Export;

/// <summary>Architecture of a Llama-family decoder: everything the graph depends on.</summary>
internal sealed record DecoderConfig
{
    private const int MaxHeadSize = 1024;

    public required string Architecture { get; init; }

    public required int HiddenSize { get; init; }

    public required int IntermediateSize { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    public required int KvHeads { get; init; }

    public required int HeadSize { get; init; }

    /// <summary>Head size before it was widened with zeros; null where it was not.</summary>
    public int? TrueHeadSize { get; init; }

    /// <summary>Factor of the attention scores.</summary>
    public float ScoreScale => (float)(1 / Math.Sqrt(TrueHeadSize ?? HeadSize));

    /// <summary>Whether the queries carry that factor.</summary>
    public bool QueriesAreScaled { get; init; }

    public required int VocabularySize { get; init; }

    public required int ContextLength { get; init; }

    public required float NormEpsilon { get; init; }

    public required RotaryScaling Rotary { get; init; }

    /// <summary>Pairs of neighbours are rotated (llama.cpp, llama2.c) instead of halves (transformers).</summary>
    public bool RotaryInterleaved { get; init; }

    /// <summary>Embedding and head are one matrix.</summary>
    public bool TiedHead { get; init; }

    public bool QkvBias { get; init; }

    public bool OutputBias { get; init; }

    public bool MlpBias { get; init; }

    public bool QkNorm { get; init; }

    /// <summary>Window of each layer's attention; -1 for none.</summary>
    public required IReadOnlyList<int> Windows { get; init; }

    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <summary>Every value that cannot be.</summary>
    public IEnumerable<string> Faults()
    {
        foreach ((string name, int value) in new[]
        {
            ("hidden_size", HiddenSize), ("intermediate_size", IntermediateSize), ("num_hidden_layers", Layers), ("num_attention_heads", Heads),
            ("num_key_value_heads", KvHeads), ("head_dim", HeadSize), ("vocab_size", VocabularySize), ("max_position_embeddings", ContextLength),
        })
        {
            if (value is < 1 or > 1 << 24) yield return $"{name} is {value}";
        }
        if (Layers > 4096) yield return $"num_hidden_layers is {Layers}";
        if (KvHeads > 0 && Heads % KvHeads != 0) yield return $"num_attention_heads {Heads} is no multiple of num_key_value_heads {KvHeads}";
        if (HeadSize % 16 != 0 && QkNorm) yield return $"head_dim {HeadSize} with norms of heads is not supported: it is no multiple of 16";
        if (HeadSize % 2 != 0) yield return $"head_dim {HeadSize} is odd";
        // The table of the rotary embedding has this width for every position, whatever the weights take.
        if (HeadSize > MaxHeadSize) yield return $"head_dim {HeadSize} is above {MaxHeadSize}";
        foreach (string fault in Rotary.Faults()) yield return fault;
        if (!(NormEpsilon > 0 && NormEpsilon < 1)) yield return $"rms_norm_eps is {NormEpsilon}";
    }
}
