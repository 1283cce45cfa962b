using System.IO.Compression;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using StreamInference.Llm.Tokenization;
using RustTokenizer = Tokenizers.DotNet.Tokenizer;

namespace StreamInference.Benchmarks.Tokenization;

/// <summary>
/// Encoding, ours against the Rust library that Hugging Face's own stack uses, over the texts of the golden files; time is for one pass over all of them.
/// Needs the shared data (STREAMINFERENCE_SHARED or a folder named shared above the working directory).
/// </summary>
[MemoryDiagnoser]
public class EncodeBenchmarks
{
    private const int UnsplitLength = 128 * 1024;
    private readonly List<int> _ids = [];
    private LanguageTokenizer _ours = null!;
    private RustTokenizer _rust = null!;
    private string[] _texts = [];
    private string _unsplit = "";

    [Params("qwen3", "smollm2-135m", "zoo-llama")]
    public string Set { get; set; } = "";

    [GlobalSetup]
    public void Load()
    {
        string data = Path.Combine(FindShared(), "data", "llm");
        string file = Path.Combine(data, Set switch
        {
            "qwen3" => "tokenizers/qwen3_tokenizer.json",
            "smollm2-135m" => "smollm2-135m-instruct/tokenizer.json",
            _ => "zoo/llama/tokenizer.json",
        });
        _ours = TokenizerLoader.Load(file);
        _rust = new RustTokenizer(file);
        _texts = ReadTexts(Path.Combine(data, "tokenizers", $"golden_{Set}.jsonl.gz"));
        _unsplit = string.Create(UnsplitLength, 0, static (span, _) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = (char)('a' + (i * 7919L % 26));
        });
    }

    [Benchmark]
    public int Ours()
    {
        int count = 0;
        foreach (string text in _texts)
        {
            _ids.Clear();
            _ours.Encode(text, addSpecialTokens: true, _ids);
            count += _ids.Count;
        }

        return count;
    }

    [Benchmark(Baseline = true)]
    public int Rust()
    {
        int count = 0;
        foreach (string text in _texts)
            count += _rust.Encode(text).Length;
        return count;
    }

    /// <summary>128 Ki characters that no pre-tokenizer splits: the worst case of pair merging.</summary>
    [Benchmark]
    public int OursUnsplit()
    {
        _ids.Clear();
        _ours.Encode(_unsplit, addSpecialTokens: true, _ids);
        return _ids.Count;
    }

    private static string[] ReadTexts(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        reader.ReadLine();
        var texts = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            texts.Add(document.RootElement.GetProperty("text").GetString()!);
        }

        return [.. texts];
    }

    private static string FindShared()
    {
        if (Environment.GetEnvironmentVariable("STREAMINFERENCE_SHARED") is { Length: > 0 } named)
            return named;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(Path.Combine(candidate, "data")))
                return candidate;
        }

        throw new DirectoryNotFoundException("The shared data is not on this machine.");
    }
}
