using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language.Export.Gguf;

/// <summary>Tensors of a GGUF file under transformers' names.</summary>
internal sealed class GgufWeights : IWeightSource
{
    /// <summary>Name of the tensor that divides rotary frequencies; part of the configuration, not of the graph.</summary>
    public const string RotaryDivisors = "rope_freqs.weight";

    private readonly GgufFile _file;
    private readonly Dictionary<string, GgufFile.Tensor> _tensors = [];

    public GgufWeights(GgufFile file)
    {
        _file = file;
        foreach ((string name, GgufFile.Tensor tensor) in file.Tensors)
            if (name != RotaryDivisors) _tensors[Translate(name)] = tensor;
    }

    public IReadOnlyCollection<string> Names => _tensors.Keys;

    public IReadOnlyList<long> ShapeOf(string name) => Find(name).Shape;

    public float[] Read(string name)
    {
        GgufFile.Tensor tensor = Find(name);
        return GgufBlocks.Floats(tensor.Type, _file.Bytes(tensor));
    }

    public BlockMatrix? ReadBlocks(string name)
    {
        GgufFile.Tensor tensor = Find(name);
        return GgufBlocks.Convert(tensor.Type, _file.Bytes(tensor));
    }

    public void Dispose() => _file.Dispose();

    private GgufFile.Tensor Find(string name)
        => _tensors.TryGetValue(name, out GgufFile.Tensor? tensor) ? tensor : throw new ModelLoadException($"The file has no tensor {name}.");

    private static string Translate(string name)
    {
        if (name == "token_embd.weight") return "model.embed_tokens.weight";
        if (name == "output_norm.weight") return "model.norm.weight";
        if (name == "output.weight") return "lm_head.weight";
        string[] parts = name.Split('.');
        if (parts is not ["blk", _, _, _]) return name;
        string? inner = parts[2] switch
        {
            "attn_norm" => "input_layernorm",
            "ffn_norm" => "post_attention_layernorm",
            "attn_q" => "self_attn.q_proj",
            "attn_k" => "self_attn.k_proj",
            "attn_v" => "self_attn.v_proj",
            "attn_output" => "self_attn.o_proj",
            "attn_q_norm" => "self_attn.q_norm",
            "attn_k_norm" => "self_attn.k_norm",
            "ffn_gate" => "mlp.gate_proj",
            "ffn_up" => "mlp.up_proj",
            "ffn_down" => "mlp.down_proj",
            _ => null,
        };
        return inner is null ? name : $"model.layers.{parts[1]}.{inner}.{parts[3]}";
    }
}
