namespace StreamInference.Onnx.Language.Export;

/// <summary>
/// Writes a Llama-family decoder over buffers that are past and present at once: input_ids [batch, tokens] are rows of one token that decode, or
/// one row of a prompt chunk. Lengths of rows are inputs of their own, and logits come out only for the tokens asked for. The mixed form takes both
/// at once: input_ids [1, tokens] are decode rows and behind them a chunk, and each layer has an attention node for each.
/// </summary>
internal sealed class DecoderGraphWriter
{
    private readonly OnnxWriter _graph;
    private readonly DecoderConfig _config;
    private readonly IWeightSource _weights;
    private readonly LanguageModelExportOptions _options;
    private readonly bool _mixed;
    private readonly LinearWriter _linear;
    private readonly HashSet<string> _used = [];
    private readonly (string Name, object Value)[] _epsilon;

    public DecoderGraphWriter(OnnxWriter graph, DecoderConfig config, IWeightSource weights, LanguageModelExportOptions options, bool mixed = false)
    {
        (_graph, _config, _weights, _options, _mixed) = (graph, config, weights, options, mixed);
        _linear = new LinearWriter(graph, weights, options);
        _epsilon = [("epsilon", config.NormEpsilon)];
    }

    /// <summary>Tensors of the checkpoint that the graph uses.</summary>
    public IReadOnlySet<string> UsedTensors => _used;

    public void Write(int positions)
    {
        DeclareInputs();
        (float[] cosines, float[] sines) = _config.Rotary.Table(positions, _config.TrueHeadSize ?? _config.HeadSize, _config.HeadSize);
        _graph.Floats(PackedGraphNames.Cosines, cosines, positions, _config.HeadSize / 2);
        _graph.Floats(PackedGraphNames.Sines, sines, positions, _config.HeadSize / 2);
        string residual = Embed(), output = string.Empty;
        for (int layer = 0; layer < _config.Layers; layer++) (residual, output) = Layer(layer, residual, output);
        (string last, _) = Normalize(residual, output, "model.norm.weight", keepSum: false);
        Head(last);
    }

    private void DeclareInputs()
    {
        _graph.Input(PackedGraphNames.InputIds, OnnxType.Int64, "batch", "tokens");
        if (_options.GenAiInterface)
        {
            DeclareMask();
            return;
        }
        _graph.Input(PackedGraphNames.Lengths, OnnxType.Int32, _mixed ? "rows" : "batch");
        _graph.Input(PackedGraphNames.Total, OnnxType.Int32);
        if (_mixed)
        {
            _graph.Input(PackedGraphNames.Split, OnnxType.Int64, 2L);
            _graph.Input(PackedGraphNames.ChunkLengths, OnnxType.Int32, 1L);
            _graph.Input(PackedGraphNames.ChunkTotal, OnnxType.Int32);
        }
        _graph.Input(PackedGraphNames.LogitRows, OnnxType.Int64, "logit_rows");
        _graph.Output(PackedGraphNames.Logits, OnnxType.Float, "logit_rows", _config.VocabularySize);
    }

    private void DeclareMask()
    {
        const string Mask = "attention_mask";
        _graph.Input(Mask, OnnxType.Int64, "batch", "total");
        string one = _graph.Longs("one", [1]);
        string length = _graph.Node("Sub", [_graph.Node("ReduceSum", [Mask, one], ("keepdims", 0L)), one]);
        _graph.Node("Cast", [length], [PackedGraphNames.Lengths], ("to", (long)OnnxType.Int32));
        string total = _graph.Node("Squeeze", [_graph.Node("Gather", [_graph.Node("Shape", [Mask]), one]), _graph.Longs("zero", [0])]);
        _graph.Node("Cast", [total], [PackedGraphNames.Total], ("to", (long)OnnxType.Int32));
        _graph.Output(PackedGraphNames.Logits, OnnxType.Float, "batch", "tokens", _config.VocabularySize);
    }

    private string Embed()
    {
        const string Name = "model.embed_tokens.weight";
        int vocabulary = _config.VocabularySize, width = _config.HiddenSize;
        BlockMatrix? blocks = HeadBlocks(Use(Name));
        // The gather operator takes no minimums and no padded row.
        if (blocks is null || blocks.Minimums is not null || blocks.Bits != 8 || width % blocks.BlockSize != 0)
            return _graph.Node("Gather", [_linear.FloatTensor("embedding", _weights.Read(Name), vocabulary, width), PackedGraphNames.InputIds]);
        _graph.Tensor("embedding_q", OnnxType.UInt8, blocks.Quants, vocabulary, width / blocks.BlockSize, blocks.BlockSize);
        string flat = _graph.Node("Reshape", ["embedding_q", _graph.Longs("embedding_shape", [vocabulary, width])]);
        string scales = _graph.Floats("embedding_gather_s", blocks.Scales, vocabulary, width / blocks.BlockSize);
        return _graph.Node("GatherBlockQuantized", [flat, PackedGraphNames.InputIds, scales],
            ("bits", 8L), ("block_size", (long)blocks.BlockSize), ("quantize_axis", 1L), ("gather_axis", 0L));
    }

    // Embedding and head are rounded to 8 bits where matrices have 4: their errors reach every logit.
    private BlockMatrix? HeadBlocks(string name)
        => _linear.BlocksOf(name, _config.VocabularySize, _config.HiddenSize, _options.Precision == WeightPrecision.Int4 ? WeightPrecision.Int8 : _options.Precision);

    private (string Residual, string Output) Layer(int layer, string residual, string output)
    {
        string prefix = $"model.layers.{layer}.";
        int width = _config.HiddenSize;
        (string normalized, residual) = Normalize(residual, output, prefix + "input_layernorm.weight");
        string attended = Attend(layer, Qkv(layer, prefix + "self_attn.", normalized));
        string projected = Linear(attended, prefix + "self_attn.", ["o_proj"], [width], _config.Heads * _config.HeadSize, _config.OutputBias);
        (normalized, residual) = Normalize(residual, projected, prefix + "post_attention_layernorm.weight");
        int inner = _config.IntermediateSize;
        string both = Linear(normalized, prefix + "mlp.", ["gate_proj", "up_proj"], [inner, inner], width, _config.MlpBias);
        string gate = $"gate_{layer}", up = $"up_{layer}";
        _graph.Node("Split", [both, _graph.Longs("gate_sizes", [inner, inner])], [gate, up], ("axis", -1L));
        string activated = _graph.Node("Mul", [gate, _graph.Node("Sigmoid", [gate])]);
        string down = Linear(_graph.Node("Mul", [activated, up]), prefix + "mlp.", ["down_proj"], [width], _config.IntermediateSize, _config.MlpBias);
        return (residual, down);
    }

    private string Qkv(int layer, string prefix, string x)
    {
        int queries = _config.Heads * _config.HeadSize, keys = _config.KvHeads * _config.HeadSize;
        string packed = Linear(x, prefix, ["q_proj", "k_proj", "v_proj"], [queries, keys, keys], _config.HiddenSize, _config.QkvBias);
        if (!_config.QkNorm) return packed;
        string[] parts = [$"q_{layer}", $"k_{layer}", $"v_{layer}"];
        _graph.Node("Split", [packed, _graph.Longs("qkv_sizes", [queries, keys, keys])], parts, ("axis", -1L));
        string q = HeadNorm(parts[0], prefix + "q_norm.weight", queries), k = HeadNorm(parts[1], prefix + "k_norm.weight", keys);
        return _graph.Node("Concat", [q, k, parts[2]], ("axis", -1L));
    }

    private string HeadNorm(string x, string weight, int width)
    {
        string heads = _graph.Node("Reshape", [x, _graph.Longs("heads_shape", [0, 0, -1, _config.HeadSize])]);
        string norm = _graph.Node("SimplifiedLayerNormalization", [heads, Vector(weight, _config.HeadSize)],
            [.. _epsilon, ("axis", -1L), ("stash_type", 1L)]);
        return _graph.Node("Reshape", [norm, _graph.Longs($"width_{width}", [0, 0, width])]);
    }

    private string Attend(int layer, string qkv)
    {
        string[] past = [PackedGraphNames.Past(layer, "key"), PackedGraphNames.Past(layer, "value")];
        string[] present = [PackedGraphNames.Present(layer, "key"), PackedGraphNames.Present(layer, "value")];
        if (!_mixed) return GroupQuery(layer, qkv, $"attention_{layer}", past, present, PackedGraphNames.Lengths, PackedGraphNames.Total, "batch");
        int width = (_config.Heads + 2 * _config.KvHeads) * _config.HeadSize, queries = _config.Heads * _config.HeadSize;
        string[] parts = [$"decode_qkv_{layer}", $"chunk_qkv_{layer}"];
        _graph.Node("Split", [qkv, PackedGraphNames.Split], parts, ("axis", 1L));
        // Decode rows become a batch of one token each: [1, rows, width] to [rows, 1, width] and back.
        string rows = _graph.Node("Reshape", [parts[0], _graph.Longs("rows_shape", [-1, 1, width])]);
        string decoded = GroupQuery(layer, rows, $"decode_{layer}", past, present, PackedGraphNames.Lengths, PackedGraphNames.Total, "rows");
        string chunk = GroupQuery(layer, parts[1], $"chunk_{layer}",
            [PackedGraphNames.ChunkPast(layer, "key"), PackedGraphNames.ChunkPast(layer, "value")],
            [PackedGraphNames.ChunkPresent(layer, "key"), PackedGraphNames.ChunkPresent(layer, "value")],
            PackedGraphNames.ChunkLengths, PackedGraphNames.ChunkTotal, 1L);
        string back = _graph.Node("Reshape", [decoded, _graph.Longs("back_shape", [1, -1, queries])]);
        return _graph.Node("Concat", [back, chunk], ("axis", 1L));
    }

    private string GroupQuery(int layer, string qkv, string output, string[] past, string[] present, string lengths, string total, object batch)
    {
        foreach (string name in past) _graph.Input(name, OnnxType.Float, batch, _config.KvHeads, "max_length", _config.HeadSize);
        foreach (string name in present) _graph.Output(name, OnnxType.Float, batch, _config.KvHeads, "max_length", _config.HeadSize);
        _graph.Node("GroupQueryAttention",
            [qkv, string.Empty, string.Empty, past[0], past[1], lengths, total, PackedGraphNames.Cosines, PackedGraphNames.Sines],
            [output, present[0], present[1]],
            ("num_heads", (long)_config.Heads), ("kv_num_heads", (long)_config.KvHeads), ("scale", _config.QueriesAreScaled ? 1f : _config.ScoreScale),
            ("do_rotary", 1L), ("rotary_interleaved", _config.RotaryInterleaved ? 1L : 0L), ("local_window_size", (long)_config.Windows[layer]));
        return output;
    }

    /// <summary>Adds a layer's output to the residual and normalizes the sum.</summary>
    private (string Normalized, string Residual) Normalize(string residual, string output, string weight, bool keepSum = true)
    {
        string scale = Vector(weight, _config.HiddenSize), normalized = weight + "_normalized";
        if (output.Length == 0)
        {
            _graph.Node("SimplifiedLayerNormalization", [residual, scale], [normalized], [.. _epsilon, ("axis", -1L), ("stash_type", 1L)]);
            return (normalized, residual);
        }
        string sum = weight + "_residual";
        string[] outputs = keepSum ? [normalized, string.Empty, string.Empty, sum] : [normalized];
        _graph.Node("SkipSimplifiedLayerNormalization", [residual, output, scale], outputs, _epsilon);
        return (normalized, sum);
    }

    private void Head(string x)
    {
        int vocabulary = _config.VocabularySize, width = _config.HiddenSize;
        string rows = _options.GenAiInterface ? x : _graph.Node("Gather",
            [_graph.Node("Reshape", [x, _graph.Longs("flat_shape", [-1, width])]), PackedGraphNames.LogitRows], ("axis", 0L));
        // The block sums of a matrix with minimums need the tokens' own axis: one batch of rows.
        string name = _config.TiedHead ? "model.embed_tokens.weight" : Use("lm_head.weight");
        BlockMatrix? blocks = HeadBlocks(name);
        if (blocks is null)
        {
            _linear.FloatProduct(rows, "head", _weights.Read(name), vocabulary, width, PackedGraphNames.Logits);
            return;
        }
        bool shares = _config.TiedHead && blocks.Minimums is null && blocks.Bits == 8 && width % blocks.BlockSize == 0;
        if (blocks.Minimums is null)
        {
            _linear.Product(rows, shares ? "embedding" : "head", blocks, vocabulary, width, PackedGraphNames.Logits);
            return;
        }
        string batch = _graph.Node("Reshape", [rows, _graph.Longs("batch_shape", [1, -1, width])]);
        string logits = _linear.Product(batch, "head", blocks, vocabulary, width);
        _graph.Node("Reshape", [logits, _graph.Longs("logits_shape", [-1, vocabulary])], [PackedGraphNames.Logits]);
    }

    private string Linear(string x, string prefix, string[] parts, int[] rows, int columns, bool bias)
    {
        string[] names = [.. parts.Select(part => Use(prefix + part + ".weight"))];
        string product = _linear.Write(x, prefix + string.Join('_', parts), names, rows, columns);
        if (!bias) return product;
        float[] values = [.. parts.SelectMany(part => _weights.Read(Use(prefix + part + ".bias")))];
        return _graph.Node("Add", [product, _graph.Floats(prefix + string.Join('_', parts) + "_bias", values, values.Length)]);
    }

    private string Vector(string weight, int length) => _graph.Floats(weight, _weights.Read(Use(weight)), length);

    private string Use(string name)
    {
        _used.Add(name);
        return name;
    }
}
