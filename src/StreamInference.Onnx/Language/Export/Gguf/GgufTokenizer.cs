using System.Text.Json.Nodes;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language.Export.Gguf;

/// <summary>Writes tokenizer.json and tokenizer_config.json from the tokenizer that a GGUF file carries.</summary>
internal static class GgufTokenizer
{
    private const int Control = 3;
    private const int UserDefined = 4;

    // The patterns of llama.cpp's pre-tokenizers (llama-vocab.cpp), as the models' own tokenizer.json have them.
    private const string Llama3Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Qwen2Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public static void Write(GgufFile file, string folder)
    {
        string model = Text(file, "model") ?? throw new ModelLoadException("The GGUF file carries no tokenizer.");
        string[] tokens = Texts(file, "tokens");
        JsonObject tokenizer = model switch
        {
            "gpt2" => BytePairs(file, tokens),
            "llama" => SentencePieceTokenizer.Build(tokens, Floats(file, "scores", tokens.Length), Flag(file, "add_space_prefix") ?? true),
            _ => throw new ModelLoadException($"tokenizer.ggml.model {model} is not supported, gpt2 and llama are."),
        };
        tokenizer["added_tokens"] = AddedTokens(file, tokens);
        bool addBos = Flag(file, "add_bos_token") ?? model == "llama";
        if (addBos && Id(file, "bos_token_id") is { } bos)
        {
            if (bos >= tokens.Length) throw new ModelLoadException($"tokenizer.ggml.bos_token_id is {bos}, there are {tokens.Length} tokens.");
            tokenizer["post_processor"] = SentencePieceTokenizer.BeginOfText(tokens[bos], bos);
        }
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer.ToJsonString());
        JsonObject config = new() { ["chat_template"] = Metadata(file, "tokenizer.chat_template") as string };
        foreach ((string name, string key) in new[] { ("bos_token", "bos_token_id"), ("eos_token", "eos_token_id"), ("unk_token", "unknown_token_id"), ("pad_token", "padding_token_id") })
            if (Id(file, key) is { } id && id < tokens.Length) config[name] = tokens[id];
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), config.ToJsonString());
    }

    private static JsonObject BytePairs(GgufFile file, string[] tokens)
    {
        string pre = Text(file, "pre") ?? "default";
        JsonObject vocabulary = [];
        for (int id = 0; id < tokens.Length; id++) vocabulary[tokens[id]] = id;
        JsonArray merges = [.. Texts(file, "merges").Select(m => (JsonNode)m)];
        return new JsonObject
        {
            ["version"] = "1.0",
            ["normalizer"] = pre == "qwen2" ? new JsonObject { ["type"] = "NFC" } : null,
            ["pre_tokenizer"] = PreTokenizer(pre),
            ["decoder"] = ByteLevel(useRegex: true),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = pre == "llama-bpe",
                ["vocab"] = vocabulary,
                ["merges"] = merges,
            },
        };
    }

    private static JsonNode PreTokenizer(string pre) => pre switch
    {
        "default" or "gpt-2" => ByteLevel(useRegex: true),
        "smollm" => Sequence(new JsonObject { ["type"] = "Digits", ["individual_digits"] = true }, ByteLevel(useRegex: true)),
        "llama-bpe" => Sequence(Split(Llama3Pattern), ByteLevel(useRegex: false)),
        "qwen2" => Sequence(Split(Qwen2Pattern), ByteLevel(useRegex: false)),
        _ => throw new ModelLoadException($"tokenizer.ggml.pre {pre} is not supported; default, gpt-2, smollm, llama-bpe and qwen2 are."),
    };

    private static JsonObject Sequence(params JsonNode[] steps) => new() { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(steps) };

    private static JsonObject Split(string pattern) => new()
    {
        ["type"] = "Split",
        ["pattern"] = new JsonObject { ["Regex"] = pattern },
        ["behavior"] = "Isolated",
        ["invert"] = false,
    };

    private static JsonObject ByteLevel(bool useRegex) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = useRegex,
    };

    private static JsonArray AddedTokens(GgufFile file, string[] tokens)
    {
        object[] types = Metadata(file, "tokenizer.ggml.token_type") as object[] ?? [];
        JsonArray added = [];
        for (int id = 0; id < Math.Min(tokens.Length, types.Length); id++)
        {
            int type = types[id] switch
            {
                int signed => signed,
                uint unsigned and <= int.MaxValue => (int)unsigned,
                _ => throw new ModelLoadException($"tokenizer.ggml.token_type {id} is no small integer."),
            };
            if (type is not (Control or UserDefined)) continue;
            added.Add(new JsonObject
            {
                ["id"] = id,
                ["content"] = tokens[id],
                ["single_word"] = false,
                ["lstrip"] = false,
                ["rstrip"] = false,
                ["normalized"] = false,
                ["special"] = type == Control,
            });
        }
        return added;
    }

    private static object? Metadata(GgufFile file, string key) => file.Metadata.GetValueOrDefault(key);

    private static string? Text(GgufFile file, string key) => Metadata(file, "tokenizer.ggml." + key) as string;

    private static bool? Flag(GgufFile file, string key) => Metadata(file, "tokenizer.ggml." + key) as bool?;

    private static int? Id(GgufFile file, string key) => Metadata(file, "tokenizer.ggml." + key) is uint id ? (int)Math.Min(id, int.MaxValue) : null;

    private static string[] Texts(GgufFile file, string key)
        => Metadata(file, "tokenizer.ggml." + key) is object[] values && values.All(v => v is string)
            ? [.. values.Cast<string>()] : throw new ModelLoadException($"tokenizer.ggml.{key} is missing or no list of texts.");

    private static float[] Floats(GgufFile file, string key, int count)
        => Metadata(file, "tokenizer.ggml." + key) is object[] values && values.Length == count && values.All(v => v is float)
            ? [.. values.Cast<float>()] : throw new ModelLoadException($"tokenizer.ggml.{key} is missing or has not {count} numbers.");
}
