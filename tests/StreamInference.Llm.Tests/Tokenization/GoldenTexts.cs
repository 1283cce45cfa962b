using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json;
using StreamInference.Llm.Tokenization;
using StreamInference.TestKit;

namespace StreamInference.Llm.Tests.Tokenization;

/// <summary>One text of a golden file, with what the reference implementation made of it.</summary>
internal sealed record GoldenText(int Index, string Text, int[] Ids, int[] WithSpecial, string Decoded, string DecodedWithoutSpecial);

/// <summary>The golden files of the shared data and the tokenizer that each belongs to.</summary>
internal static class GoldenTexts
{
    private static readonly (string Name, string Path)[] Sets =
    [
        ("gpt2", "tokenizers/gpt2_vocab.json"),
        ("qwen3", "tokenizers/qwen3_tokenizer.json"),
        ("smollm2-135m", "smollm2-135m-instruct"),
        ("tinystories-656k", "tinystories-656k"),
        ("zoo-llama", "zoo/llama"),
        ("zoo-llama3", "zoo/llama3"),
        ("zoo-mistral", "zoo/mistral"),
        ("zoo-qwen2", "zoo/qwen2"),
        ("zoo-qwen3", "zoo/qwen3"),
        ("zoo-smollm", "zoo/smollm"),
    ];

    private static readonly ConcurrentDictionary<string, Lazy<LanguageTokenizer>> Loaded = new();

    public static TheoryData<string> Names { get; } = new(Sets.Select(s => s.Name));

    /// <summary>The tokenizer of a golden file, loaded once.</summary>
    public static LanguageTokenizer Tokenizer(string name)
    {
        string path = TokenizerPath(name);
        return Loaded.GetOrAdd(name, _ => new Lazy<LanguageTokenizer>(() => TokenizerLoader.Load(path))).Value;
    }

    public static string TokenizerPath(string name) => SharedData.Require("data/llm/" + Sets.First(s => s.Name == name).Path);

    public static List<GoldenText> Read(string name)
    {
        using var file = File.OpenRead(SharedData.Require($"data/llm/tokenizers/golden_{name}.jsonl.gz"));
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        int count = JsonDocument.Parse(reader.ReadLine()!).RootElement.GetProperty("count").GetInt32();
        var texts = new List<GoldenText>(count);
        while (reader.ReadLine() is { } line)
            texts.Add(ReadOne(JsonDocument.Parse(line).RootElement));
        Assert.Equal(count, texts.Count);
        return texts;
    }

    private static GoldenText ReadOne(JsonElement json)
    {
        string text = json.GetProperty("text").GetString()!;
        var ids = Ids(json.GetProperty("ids"));
        int[] withSpecial = ids;
        if (json.TryGetProperty("special", out var special))
            withSpecial = [.. Ids(special), .. ids];
        if (json.TryGetProperty("with_special", out var all))
            withSpecial = Ids(all);
        string decoded = json.TryGetProperty("decoded", out var d) ? d.GetString()! : text;
        string skipped = json.TryGetProperty("decoded_skip_special", out var s) ? s.GetString()! : decoded;
        return new GoldenText(json.GetProperty("i").GetInt32(), text, ids, withSpecial, decoded, skipped);
    }

    private static int[] Ids(JsonElement json) => [.. json.EnumerateArray().Select(i => i.GetInt32())];
}
