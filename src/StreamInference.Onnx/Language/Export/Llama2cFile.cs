using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language.Export;

/// <summary>A checkpoint of llama2.c (version 0: seven integers, then float32 matrices in a fixed order), with its tokenizer beside it.</summary>
internal sealed class Llama2cFile : IWeightSource
{
    private const int HeaderBytes = 28;

    private readonly MappedFile _file;
    private readonly Dictionary<string, (long Offset, long[] Shape)> _tensors = [];

    private Llama2cFile(MappedFile file, DecoderConfig config) => (_file, Config) = (file, config);

    public DecoderConfig Config { get; }

    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <exception cref="ModelLoadException">The header is impossible or the file has another length than it says.</exception>
    public static Llama2cFile Open(string path)
    {
        MappedFile mapped = new(path);
        try
        {
            if (mapped.Length < HeaderBytes) throw new ModelLoadException($"{path} is shorter than its header.");
            ReadOnlySpan<byte> header = mapped.Bytes(0, HeaderBytes);
            Llama2cFile file = new(mapped, ConfigOf(header, path));
            file.MapTensors(path);
            return file;
        }
        catch
        {
            mapped.Dispose();
            throw;
        }
    }

    public IReadOnlyList<long> ShapeOf(string name) => _tensors[name].Shape;

    public BlockMatrix? ReadBlocks(string name) => null;

    public float[] Read(string name)
    {
        (long offset, long[] shape) = _tensors[name];
        return MemoryMarshal.Cast<byte, float>(_file.Bytes(offset, shape.Aggregate(4L, (a, b) => a * b))).ToArray();
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Writes tokenizer.json from a llama2.c tokenizer: the longest piece's length, then score, length and bytes of each piece.</summary>
    public static void WriteTokenizer(string tokenizerFile, int vocabularySize, string folder)
    {
        byte[] bytes = File.ReadAllBytes(tokenizerFile);
        string[] pieces = new string[vocabularySize];
        float[] scores = new float[vocabularySize];
        int at = 4;
        for (int id = 0; id < vocabularySize; id++)
        {
            if (bytes.Length - at < 8) throw new ModelLoadException($"{tokenizerFile} ends in the middle of piece {id}.");
            scores[id] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(at));
            int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 4));
            if (length < 0 || length > bytes.Length - at - 8) throw new ModelLoadException($"{tokenizerFile}: piece {id} claims {length} bytes.");
            pieces[id] = Encoding.UTF8.GetString(bytes, at + 8, length).Replace(' ', '\u2581');
            at += 8 + length;
        }
        if (vocabularySize < 3) throw new ModelLoadException($"{tokenizerFile} has {vocabularySize} pieces; the first three are <unk>, <s> and </s>.");
        (pieces[0], pieces[1], pieces[2]) = ("<unk>", "<s>", "</s>");
        JsonObject tokenizer = SentencePieceTokenizer.Build(pieces, scores, prependSpace: true);
        JsonArray added = [];
        for (int id = 0; id < 3; id++)
        {
            added.Add(new JsonObject
            {
                ["id"] = id,
                ["content"] = pieces[id],
                ["single_word"] = false,
                ["lstrip"] = false,
                ["rstrip"] = false,
                ["normalized"] = false,
                ["special"] = true,
            });
        }
        tokenizer["added_tokens"] = added;
        tokenizer["post_processor"] = SentencePieceTokenizer.BeginOfText("<s>", 1);
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer.ToJsonString());
        JsonObject config = new() { ["bos_token"] = "<s>", ["eos_token"] = "</s>", ["unk_token"] = "<unk>" };
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), config.ToJsonString());
    }

    private static DecoderConfig ConfigOf(ReadOnlySpan<byte> header, string path)
    {
        int[] values = MemoryMarshal.Cast<byte, int>(header).ToArray();
        (int dim, int hidden, int layers, int heads, int kvHeads, int vocabulary, int length) =
            (values[0], values[1], values[2], values[3], values[4], values[5], values[6]);
        DecoderConfig config = new()
        {
            Architecture = "llama2.c",
            HiddenSize = dim,
            IntermediateSize = hidden,
            Layers = layers,
            Heads = heads,
            KvHeads = kvHeads,
            HeadSize = heads > 0 ? dim / heads : 0,
            VocabularySize = Math.Abs((long)vocabulary) <= int.MaxValue ? Math.Abs(vocabulary) : 0,
            ContextLength = length,
            NormEpsilon = 1e-5f,
            Rotary = new RotaryScaling(),
            RotaryInterleaved = true,
            TiedHead = vocabulary > 0,
            Windows = [.. Enumerable.Repeat(-1, Math.Clamp(layers, 0, 4096))],
            EosTokenIds = [2],
        };
        string[] faults = [.. config.Faults()];
        return faults.Length == 0 ? config : throw new ModelLoadException($"{path} is no llama2.c checkpoint: {string.Join("; ", faults)}.");
    }

    private void MapTensors(string path)
    {
        DecoderConfig c = Config;
        long at = HeaderBytes, keys = (long)c.KvHeads * c.HeadSize;
        void Take(string name, params long[] shape)
        {
            long bytes = shape.Aggregate((long)sizeof(float), (a, b) => a * b);
            // Before the sum can overflow: no size of a header is above 2^24, so the product of one tensor cannot.
            if (bytes > int.MaxValue || bytes > _file.Length - at) throw new ModelLoadException($"{path} ends before its tensor {name}.");
            _tensors[name] = (at, shape);
            at += bytes;
        }

        void TakeLayers(string name, params long[] shape)
        {
            for (int layer = 0; layer < c.Layers; layer++) Take($"model.layers.{layer}.{name}.weight", shape);
        }

        Take("model.embed_tokens.weight", c.VocabularySize, c.HiddenSize);
        TakeLayers("input_layernorm", c.HiddenSize);
        TakeLayers("self_attn.q_proj", c.HiddenSize, c.HiddenSize);
        TakeLayers("self_attn.k_proj", keys, c.HiddenSize);
        TakeLayers("self_attn.v_proj", keys, c.HiddenSize);
        TakeLayers("self_attn.o_proj", c.HiddenSize, c.HiddenSize);
        TakeLayers("post_attention_layernorm", c.HiddenSize);
        TakeLayers("mlp.gate_proj", c.IntermediateSize, c.HiddenSize);
        TakeLayers("mlp.down_proj", c.HiddenSize, c.IntermediateSize);
        TakeLayers("mlp.up_proj", c.IntermediateSize, c.HiddenSize);
        Take("model.norm.weight", c.HiddenSize);
        // Tables of the rotary embedding, which is computed here.
        at += (long)c.ContextLength * c.HeadSize * 4;
        if (!c.TiedHead) Take("lm_head.weight", c.VocabularySize, c.HiddenSize);
        if (at != _file.Length) throw new ModelLoadException($"{path} has {_file.Length} bytes, its header means {at}.");
    }
}
