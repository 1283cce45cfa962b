using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using StreamInference.Onnx.Language.Export;
using StreamInference.Onnx.Language.Export.Gguf;
using StreamInference.Onnx.Sessions;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Language;

public class HostileFileTests
{
    [Fact]
    public void A_cut_or_mutated_gguf_file_is_refused_or_read_and_never_more()
    {
        byte[] good = SmallGguf();
        using TemporaryFolder folder = new();
        string path = folder.Write("model.gguf", good);
        using (GgufFile whole = GgufFile.Open(path)) Assert.Equal(2, whole.Tensors.Count);
        for (int length = 0; length < good.Length; length += 3) Refused(good[..length]);
        Random random = new(5);
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] bad = [.. good];
            for (int k = random.Next(1, 4); k > 0; k--) bad[random.Next(bad.Length)] = (byte)random.Next(256);
            if (Refused(bad)) refused++;
        }
        Assert.InRange(refused, 200, 3000);

        bool Refused(byte[] bytes)
        {
            File.WriteAllBytes(path, bytes);
            try
            {
                using GgufFile file = GgufFile.Open(path);
                foreach (GgufFile.Tensor tensor in file.Tensors.Values) GgufBlocks.Floats(tensor.Type, file.Bytes(tensor));
                return false;
            }
            catch (ModelLoadException)
            {
                return true;
            }
        }
    }

    [Theory]
    [InlineData(8, ulong.MaxValue)]
    [InlineData(8, 1UL << 40)]
    [InlineData(16, 1UL << 60)]
    public void A_gguf_count_beyond_the_file_costs_nothing(int offset, ulong count)
    {
        byte[] bad = SmallGguf();
        BinaryPrimitives.WriteUInt64LittleEndian(bad.AsSpan(offset), count);
        using TemporaryFolder folder = new();
        string path = folder.Write("model.gguf", bad);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ModelLoadException>(() => GgufFile.Open(path));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Every_block_type_of_gguf_keeps_its_values()
    {
        Random random = new(3);
        foreach ((GgufType type, int bytes) in new[] { (GgufType.Q4_0, 18), (GgufType.Q4_1, 20), (GgufType.Q8_0, 34), (GgufType.Q4_K, 144), (GgufType.Q6_K, 210) })
        {
            byte[] block = new byte[bytes];
            random.NextBytes(block);
            foreach (int half in type switch { GgufType.Q4_1 or GgufType.Q4_K => new[] { 0, 2 }, GgufType.Q6_K => [208], _ => [0] })
                BinaryPrimitives.WriteHalfLittleEndian(block.AsSpan(half), (Half)(random.NextSingle() - 0.5f));
            float[] expected = GgufReference.Dequantize(type, block), actual = GgufBlocks.Floats(type, block);
            Assert.Equal(expected.Length, actual.Length);
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-4f);
        }
    }

    [Theory]
    [InlineData(0, long.MaxValue)]
    [InlineData(0, 1L << 40)]
    [InlineData(0, -1)]
    public void A_lying_safetensors_header_is_refused(int offset, long length)
    {
        using TemporaryFolder folder = new();
        byte[] bytes = SmallSafetensors("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""");
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(offset), length);
        folder.Write("model.safetensors", bytes);
        Assert.Throws<ModelLoadException>(() => SafetensorsFile.Open(folder.Path));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,800]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F8","shape":[8],"data_offsets":[0,8]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""")]
    [InlineData("""{"a":{"shape":[2]}}""")]
    [InlineData("""[1]""")]
    [InlineData("""{"a":""")]
    public void A_tensor_that_is_not_in_its_file_is_refused(string header)
    {
        using TemporaryFolder folder = new();
        folder.Write("model.safetensors", SmallSafetensors(header));
        Assert.Throws<ModelLoadException>(() => SafetensorsFile.Open(folder.Path));
    }

    [Theory]
    [InlineData("num_experts", "8", "num_experts")]
    [InlineData("hidden_act", "\"gelu\"", "hidden_act gelu")]
    [InlineData("rope_scaling", """{"rope_type":"longrope","factor":4}""", "longrope")]
    [InlineData("rope_scaling", """{"rope_type":"yarn","factor":4,"mscale":1}""", "mscale")]
    [InlineData("quantization_config", """{"bits":4}""", "quantization_config")]
    [InlineData("model_type", "\"mixtral\"", "mixtral")]
    [InlineData("num_attention_heads", "7", "num_attention_heads")]
    [InlineData("layer_types", """["linear_attention"]""", "linear_attention")]
    [InlineData("hidden_size", "-64", "hidden_size")]
    [InlineData("tie_word_embeddings", "false", "lm_head.weight")]
    [InlineData("attention_bias", "true", "q_proj.bias")]
    public void A_feature_that_would_be_ignored_is_an_error_that_names_it(string key, string value, string named)
    {
        string source = SharedData.Require($"{Golden.Zoo}/llama");
        using TemporaryFolder copy = new(), made = new();
        File.Copy(Path.Combine(source, "model.safetensors"), Path.Combine(copy.Path, "model.safetensors"));
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!.AsObject();
        config[key] = JsonNode.Parse(value);
        copy.Write("config.json", config.ToJsonString());
        ModelLoadException e = Assert.Throws<ModelLoadException>(() => LanguageModelExporter.Export(copy.Path, made.Path));
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Yarn_and_linear_scaling_follow_their_definitions()
    {
        RotaryScaling linear = new() { Type = "linear", Factor = 4 };
        Assert.Equal(new RotaryScaling().Frequencies(16).Select(f => f / 4), linear.Frequencies(16));
        RotaryScaling yarn = new() { Type = "yarn", Factor = 8, OriginalLength = 2048 };
        double[] plain = new RotaryScaling().Frequencies(64), scaled = yarn.Frequencies(64);
        // Fast dimensions stay, slow ones are interpolated, those between lie between.
        Assert.Equal(plain[0], scaled[0], 12);
        Assert.Equal(plain[^1] / 8, scaled[^1], 12);
        Assert.All(Enumerable.Range(0, 32), i => Assert.InRange(scaled[i], plain[i] / 8 - 1e-12, plain[i] + 1e-12));
        (float[] cosines, _) = yarn.Table(1, 64, 64);
        Assert.Equal(0.1 * Math.Log(8) + 1, cosines[0], 5);
    }

    private static byte[] SmallSafetensors(string header)
    {
        byte[] json = Encoding.UTF8.GetBytes(header), bytes = new byte[8 + json.Length + 8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        return bytes;
    }

    private static byte[] SmallGguf()
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        void Text(string text)
        {
            writer.Write((ulong)text.Length);
            writer.Write(Encoding.ASCII.GetBytes(text));
        }

        writer.Write(0x46554747u);
        writer.Write(3u);
        writer.Write(2UL);
        writer.Write(3UL);
        Text("general.architecture");
        writer.Write(8u);
        Text("llama");
        Text("llama.block_count");
        writer.Write(4u);
        writer.Write(1u);
        Text("tokens");
        writer.Write(9u);
        writer.Write(8u);
        writer.Write(2UL);
        Text("a");
        Text("b");
        foreach ((string name, uint type, ulong offset) in new[] { ("q", 2u, 0UL), ("f", 0u, 64UL) })
        {
            Text(name);
            writer.Write(2u);
            writer.Write(32UL);
            writer.Write(2UL);
            writer.Write(type);
            writer.Write(offset);
        }
        while (stream.Position % 32 != 0) writer.Write((byte)0);
        writer.Write(new byte[64 + 256]);
        writer.Flush();
        return stream.ToArray();
    }
}
