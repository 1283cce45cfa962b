using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using StreamInference.Onnx.Language.Export;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Tests.Language;

/// <summary>Whole exports of checkpoints that lie: each is refused with a reason or is a model, at a cost bounded by the file.</summary>
public class HostileCheckpointTests
{
    private const long Bound = 64 << 20;

    [Fact]
    public void A_cut_or_mutated_llama2c_checkpoint_is_refused_or_exported_and_never_more()
    {
        using TemporaryFolder folder = new(), made = new();
        byte[] good = Llama2c(dim: 16, vocabulary: 8), tokenizer = Llama2cTokenizer(8);
        folder.Write("tokenizer.bin", tokenizer);
        Assert.True(Exports(folder.Write("model.bin", good), made.Path));
        for (int length = 0; length < good.Length; length += 97) Assert.False(Exports(folder.Write("model.bin", good[..length]), made.Path));
        Random random = new(11);
        int refused = 0;
        for (int i = 0; i < 200; i++)
        {
            if (!Exports(folder.Write("model.bin", Mutated(good, 28, random)), made.Path)) refused++;
        }
        Assert.InRange(refused, 100, 200);
    }

    [Theory]
    [InlineData(0, 1 << 24)]
    [InlineData(1, 1 << 24)]
    [InlineData(2, 4096)]
    [InlineData(3, 0)]
    [InlineData(5, int.MinValue)]
    [InlineData(6, int.MaxValue)]
    public void A_llama2c_header_beyond_its_file_costs_nothing(int field, int value)
    {
        byte[] bad = Llama2c(dim: 16, vocabulary: 8);
        BinaryPrimitives.WriteInt32LittleEndian(bad.AsSpan(field * 4), value);
        using TemporaryFolder folder = new(), made = new();
        folder.Write("tokenizer.bin", Llama2cTokenizer(8));
        Assert.False(Exports(folder.Write("model.bin", bad), made.Path));
    }

    /// <summary>Sizes whose sum comes back to the file's length when a 64-bit counter overflows.</summary>
    [Fact]
    public void A_llama2c_header_whose_sizes_overflow_is_refused()
    {
        byte[] bad = Llama2c(dim: 16, vocabulary: 8);
        int[] header = [1 << 24, 1 << 24, 4096, 1 << 10, 1 << 10, 8, 16];
        for (int i = 0; i < header.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(bad.AsSpan(i * 4), header[i]);
        using TemporaryFolder folder = new(), made = new();
        folder.Write("tokenizer.bin", Llama2cTokenizer(8));
        Assert.False(Exports(folder.Write("model.bin", bad), made.Path));
    }

    [Fact]
    public void A_llama2c_tokenizer_that_is_cut_mutated_or_has_an_endless_piece_is_refused_or_read()
    {
        using TemporaryFolder folder = new(), made = new();
        string model = folder.Write("model.bin", Llama2c(dim: 16, vocabulary: 8));
        byte[] good = Llama2cTokenizer(8);
        for (int length = 0; length < good.Length; length++)
        {
            folder.Write("tokenizer.bin", good[..length]);
            Assert.False(Exports(model, made.Path));
        }
        Random random = new(12);
        int refused = 0;
        for (int i = 0; i < 300; i++)
        {
            folder.Write("tokenizer.bin", Mutated(good, good.Length, random));
            if (!Exports(model, made.Path)) refused++;
        }
        Assert.InRange(refused, 30, 300);
        // Merges are looked for at every cut of a piece: a piece as long as the file would take hours.
        byte[] endless = new byte[4 + 3 * 8 + 8 + (1 << 20) + 4 * 8];
        BinaryPrimitives.WriteInt32LittleEndian(endless.AsSpan(4 + 3 * 8 + 4), 1 << 20);
        endless.AsSpan(4 + 3 * 8 + 8, 1 << 20).Fill((byte)'a');
        folder.Write("tokenizer.bin", endless);
        Assert.False(Exports(model, made.Path));
    }

    [Fact]
    public void A_mutated_safetensors_header_is_refused_or_read_and_never_more()
    {
        const string Header = """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}""";
        byte[] json = Encoding.UTF8.GetBytes(Header), good = new byte[8 + json.Length + 32];
        BinaryPrimitives.WriteInt64LittleEndian(good, json.Length);
        json.CopyTo(good, 8);
        using TemporaryFolder folder = new();
        Random random = new(13);
        int refused = 0;
        for (int i = 0; i < 4000; i++)
        {
            folder.Write("model.safetensors", i < good.Length ? good[..i] : Mutated(good, good.Length, random));
            if (!Bounded(() =>
            {
                using SafetensorsFile file = SafetensorsFile.Open(folder.Path);
                foreach (string name in file.Names) file.Read(name);
            }))
            {
                refused++;
            }
        }
        Assert.InRange(refused, 1000, 3990);
    }

    [Fact]
    public void A_cut_or_mutated_gguf_checkpoint_is_refused_or_exported_and_never_more()
    {
        using TemporaryFolder folder = new(), made = new();
        byte[] good = TinyGguf.Build();
        Assert.True(Exports(folder.Write("model.gguf", good), made.Path));
        for (int length = 0; length < good.Length; length += 307) Assert.False(Exports(folder.Write("model.gguf", good[..length]), made.Path));
        Random random = new(14);
        int refused = 0;
        for (int i = 0; i < 300; i++)
        {
            if (!Exports(folder.Write("model.gguf", Mutated(good, TinyGguf.HeaderLength(good), random)), made.Path)) refused++;
        }
        Assert.InRange(refused, 50, 299);
    }

    public static TheoryData<string, object, string> Lies => new()
    {
        { "llama.attention.head_count", 0u, "num_attention_heads" },
        { "llama.attention.head_count", 3u, "multiple" },
        { "llama.attention.head_count_kv", uint.MaxValue, "num_key_value_heads" },
        { "llama.attention.key_length", 1u << 22, "head_dim" },
        { "llama.block_count", uint.MaxValue, "block_count" },
        { "llama.block_count", 4000u, "missing" },
        { "llama.context_length", 1u << 31, "context_length" },
        { "llama.rope.freq_base", float.NaN, "rope_theta" },
        { "llama.rope.freq_base", -1f, "rope_theta" },
        { "llama.rope.scaling.type", "longrope", "longrope" },
        { "llama.attention.layer_norm_rms_epsilon", float.PositiveInfinity, "rms_norm_eps" },
        { "llama.expert_count", 8u, "expert_count" },
        { "tokenizer.ggml.model", "t5", "t5" },
        { "tokenizer.ggml.bos_token_id", 4_000_000_000u, "bos_token_id" },
        { "tokenizer.ggml.bos_token_id", 9_999u, "bos_token_id" },
        { "tokenizer.ggml.token_type", new object[] { "a", "b" }, "token_type" },
        { "tokenizer.ggml.token_type", new object[] { 1u, uint.MaxValue }, "token_type" },
        { "tokenizer.ggml.scores", new object[] { 1f }, "scores" },
        { "tokenizer.ggml.tokens", new object[] { 1u, 2u }, "tokens" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_lie_in_gguf_metadata_is_refused_by_name(string key, object value, string named)
    {
        using TemporaryFolder folder = new(), made = new();
        string path = folder.Write("model.gguf", TinyGguf.Build((key, value)));
        ModelLoadException e = Assert.Throws<ModelLoadException>(() => LanguageModelExporter.Export(path, made.Path));
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
    }

    private static bool Exports(string source, string target) => Bounded(() => LanguageModelExporter.Export(source, target));

    /// <summary>False when it was refused; any other failure, and much memory, is the test's.</summary>
    private static bool Bounded(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool done = true;
        try
        {
            action();
        }
        catch (ModelLoadException)
        {
            done = false;
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < Bound, $"{allocated} bytes were allocated");
        return done;
    }

    private static byte[] Mutated(byte[] good, int within, Random random)
    {
        byte[] bad = [.. good];
        for (int k = random.Next(1, 4); k > 0; k--) bad[random.Next(within)] = (byte)random.Next(256);
        return bad;
    }

    private static byte[] Llama2c(int dim, int vocabulary)
    {
        const int Layers = 1, Heads = 1, Length = 16;
        int floats = vocabulary * dim + Layers * (2 * dim + 4 * dim * dim + 3 * dim * dim) + dim + Length * (dim / Heads);
        int[] header = [dim, dim, Layers, Heads, Heads, vocabulary, Length];
        byte[] bytes = new byte[header.Length * 4 + floats * 4];
        MemoryMarshal.AsBytes(header.AsSpan()).CopyTo(bytes);
        return bytes;
    }

    private static byte[] Llama2cTokenizer(int vocabulary)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write(2);
        for (int id = 0; id < vocabulary; id++)
        {
            byte[] piece = Encoding.UTF8.GetBytes(id < 3 ? "<s>" : id < 6 ? $"{(char)('a' + id)}" : "de");
            writer.Write((float)-id);
            writer.Write(piece.Length);
            writer.Write(piece);
        }
        writer.Flush();
        return stream.ToArray();
    }
}
