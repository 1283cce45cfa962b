namespace StreamInference.Onnx.Language.Export;

/// <summary>Names and shapes of a decoder's tensors, as transformers has them.</summary>
internal static class DecoderTensors
{
    public static IEnumerable<(string Name, long[] Shape)> Expected(DecoderConfig c)
    {
        long queries = (long)c.Heads * c.HeadSize, keys = (long)c.KvHeads * c.HeadSize;
        yield return ("model.embed_tokens.weight", [c.VocabularySize, c.HiddenSize]);
        yield return ("model.norm.weight", [c.HiddenSize]);
        if (!c.TiedHead) yield return ("lm_head.weight", [c.VocabularySize, c.HiddenSize]);
        for (int layer = 0; layer < c.Layers; layer++)
        {
            string attention = $"model.layers.{layer}.self_attn.", mlp = $"model.layers.{layer}.mlp.";
            yield return ($"model.layers.{layer}.input_layernorm.weight", [c.HiddenSize]);
            yield return ($"model.layers.{layer}.post_attention_layernorm.weight", [c.HiddenSize]);
            yield return (attention + "q_proj.weight", [queries, c.HiddenSize]);
            yield return (attention + "k_proj.weight", [keys, c.HiddenSize]);
            yield return (attention + "v_proj.weight", [keys, c.HiddenSize]);
            yield return (attention + "o_proj.weight", [c.HiddenSize, queries]);
            yield return (mlp + "gate_proj.weight", [c.IntermediateSize, c.HiddenSize]);
            yield return (mlp + "up_proj.weight", [c.IntermediateSize, c.HiddenSize]);
            yield return (mlp + "down_proj.weight", [c.HiddenSize, c.IntermediateSize]);
            if (c.QkNorm)
            {
                yield return (attention + "q_norm.weight", [c.HeadSize]);
                yield return (attention + "k_norm.weight", [c.HeadSize]);
            }
            if (c.QkvBias)
            {
                yield return (attention + "q_proj.bias", [queries]);
                yield return (attention + "k_proj.bias", [keys]);
                yield return (attention + "v_proj.bias", [keys]);
            }
            if (c.OutputBias) yield return (attention + "o_proj.bias", [c.HiddenSize]);
            if (!c.MlpBias) continue;
            yield return (mlp + "gate_proj.bias", [c.IntermediateSize]);
            yield return (mlp + "up_proj.bias", [c.IntermediateSize]);
            yield return (mlp + "down_proj.bias", [c.HiddenSize]);
        }
    }
}
