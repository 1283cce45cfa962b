using System.Text;

namespace StreamInference.Onnx.Tests.Language;

/// <summary>A GGUF file of a whole model with one layer of float32 zeros, and a SentencePiece tokenizer.</summary>
internal static class TinyGguf
{
    private const int Width = 32;
    private static readonly object[] Tokens = ["<unk>", "<s>", "</s>", "a", "b", "ab", "c", "abc"];

    public static byte[] Build(params (string Key, object Value)[] changes)
    {
        Dictionary<string, object> metadata = new()
        {
            ["general.architecture"] = "llama",
            ["llama.context_length"] = 64u,
            ["llama.embedding_length"] = (uint)Width,
            ["llama.block_count"] = 1u,
            ["llama.feed_forward_length"] = (uint)Width,
            ["llama.attention.head_count"] = 2u,
            ["llama.attention.head_count_kv"] = 2u,
            ["llama.attention.layer_norm_rms_epsilon"] = 1e-5f,
            ["tokenizer.ggml.model"] = "llama",
            ["tokenizer.ggml.tokens"] = Tokens,
            ["tokenizer.ggml.scores"] = Enumerable.Range(0, Tokens.Length).Select(i => (object)(float)-i).ToArray(),
            ["tokenizer.ggml.token_type"] = Enumerable.Range(0, Tokens.Length).Select(i => (object)(i < 3 ? 3 : 1)).ToArray(),
            ["tokenizer.ggml.bos_token_id"] = 1u,
            ["tokenizer.ggml.eos_token_id"] = 2u,
        };
        foreach ((string key, object value) in changes) metadata[key] = value;
        List<(string Name, int[] Shape)> tensors = [("token_embd.weight", [Width, Tokens.Length]), ("output_norm.weight", [Width])];
        foreach (string name in new[] { "attn_norm", "ffn_norm" }) tensors.Add(($"blk.0.{name}.weight", [Width]));
        foreach (string name in new[] { "attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down" }) tensors.Add(($"blk.0.{name}.weight", [Width, Width]));
        return Write(metadata, tensors);
    }

    /// <summary>Bytes before the tensors' data.</summary>
    public static int HeaderLength(byte[] file) => file.Length - (Tokens.Length * Width + 3 * Width + 7 * Width * Width) * sizeof(float);

    private static byte[] Write(Dictionary<string, object> metadata, List<(string Name, int[] Shape)> tensors)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write(0x46554747u);
        writer.Write(3u);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)metadata.Count);
        foreach ((string key, object value) in metadata)
        {
            Text(writer, key);
            writer.Write(TypeOf(value));
            Value(writer, value);
        }
        ulong offset = 0;
        foreach ((string name, int[] shape) in tensors)
        {
            Text(writer, name);
            writer.Write((uint)shape.Length);
            foreach (int size in shape) writer.Write((ulong)size);
            writer.Write(0u);
            writer.Write(offset);
            offset += (ulong)(shape.Aggregate(1, (a, b) => a * b) * sizeof(float));
        }
        while (stream.Position % 32 != 0) writer.Write((byte)0);
        writer.Write(new byte[offset]);
        writer.Flush();
        return stream.ToArray();
    }

    private static uint TypeOf(object value) => value switch
    {
        uint => 4,
        int => 5,
        float => 6,
        string => 8,
        object[] => 9,
        _ => throw new NotSupportedException(),
    };

    private static void Value(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case uint number: writer.Write(number); break;
            case int number: writer.Write(number); break;
            case float number: writer.Write(number); break;
            case string text: Text(writer, text); break;
            case object[] values:
                writer.Write(TypeOf(values[0]));
                writer.Write((ulong)values.Length);
                foreach (object element in values) Value(writer, element);
                break;
        }
    }

    private static void Text(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }
}
