using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using StreamInference.Llm.Tokenization;

namespace StreamInference.Llm.Tests.Tokenization;

public sealed class TokenizerLoaderTests : IDisposable
{
    private const string InvariantProbe = "STREAMINFERENCE_INVARIANT_PROBE";
    private readonly string _folder = Directory.CreateTempSubdirectory("tokenizer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("{", "line 1")]
    [InlineData("[]", "'model' is missing")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"\ud800": 0}, "merges": []}}""", "half a surrogate pair")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": "x"}, "merges": []}}""", "vocab.a: an integer")]
    [InlineData("""{"model": {"type": "Cubes", "vocab": {}}}""", "model 'Cubes'")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}""", "model.merges[0]: the merge 'a b'")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}""", "vocab.a: an id must be")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 2000000000}, "merges": []}}""", "vocab.a: an id must be")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}""", "two tokens with a space between")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [["a"]]}}""", "more than 1 items")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "u"}}""", "unk_token 'u'")]
    [InlineData("""{"model": {"type": "BPE", "vocab": [], "merges": []}}""", "model.vocab: an object")]
    [InlineData("""{"model": {"type": "WordPiece", "vocab": {"a": 0}}}""", "unk_token '[UNK]'")]
    [InlineData("""{"model": {"type": "Unigram", "vocab": [["a", 0.5]]}}""", "'unk_id' is missing")]
    [InlineData("""{"model": {"type": "Unigram", "vocab": [["a", "x"]], "unk_id": 0}}""", "vocab[0][1]: a number")]
    [InlineData("""{"model": {"type": "Unigram", "vocab": [], "unk_id": 0}}""", "unk_id among them")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "normalizer": {"type": "Melt"}}""", "normalizer: normalizer 'Melt'")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "pre_tokenizer": {"type": "Cut"}}""", "pre_tokenizer: pre-tokenizer 'Cut'")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(["}, "behavior": "Isolated"}}""", "pattern.Regex")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "pre_tokenizer": {"type": "Split", "pattern": {"String": "a"}, "behavior": "Sideways"}}""", "'Sideways'")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "post_processor": {"type": "Wrap"}}""", "post-processor 'Wrap'")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "decoder": {"type": "CTC"}}""", "decoder 'CTC'")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "added_tokens": [{"id": 2000000000, "content": "x"}]}""", "added_tokens[0]: the id")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "added_tokens": [{"content": "x"}]}""", "'id' is missing")]
    public void A_file_that_cannot_be_used_is_refused_with_its_key(string json, string expected)
    {
        var error = Assert.Throws<TokenizerFormatException>(() => TokenizerLoader.Parse(Encoding.UTF8.GetBytes(json), default, "some.json"));
        Assert.StartsWith("some.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_loads_or_is_refused()
    {
        byte[] whole = Encoding.UTF8.GetBytes(SyntheticTokenizers.Json("sentencepiece"));
        var random = new Random(17);
        int refused = 0;
        for (int i = 0; i < 300; i++)
        {
            byte[] damaged = random.Next(2) == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            for (int flips = random.Next(4); flips > 0 && damaged.Length > 0; flips--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                TokenizerLoader.Parse(damaged, default, "damaged").Encode("the text", addSpecialTokens: true);
            }
            catch (TokenizerFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 100, 299);
    }

    [Fact]
    public void A_folder_without_tokenizer_is_refused()
    {
        var error = Assert.Throws<TokenizerFormatException>(() => TokenizerLoader.Load(_folder));
        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
        Assert.Throws<TokenizerFormatException>(() => TokenizerLoader.Load(Path.Combine(_folder, "tokenizer.json")));
        Assert.Throws<TokenizerFormatException>(() => TokenizerLoader.Load(Path.Combine(_folder, "model.bin")));
    }

    [Fact]
    public void Vocabulary_and_merges_make_the_tokenizer_that_the_same_tokenizer_json_makes()
    {
        var model = JsonNode.Parse(SyntheticTokenizers.Json("byte-level"))!["model"]!;
        var vocabulary = model["vocab"]!.AsObject();
        vocabulary["<|endoftext|>"] = vocabulary.Count;
        File.WriteAllText(Path.Combine(_folder, "vocab.json"), vocabulary.ToJsonString());
        File.WriteAllText(Path.Combine(_folder, "merges.txt"), "#version: 0.2\n" + string.Join('\n', model["merges"]!.AsArray().Select(m => (string)m!)) + "\n");
        File.WriteAllText(Path.Combine(_folder, "special_tokens_map.json"), """{"eos_token": "<|endoftext|>"}""");
        var tokenizer = TokenizerLoader.Load(_folder);
        Assert.Equal(vocabulary.Count - 1, tokenizer.EosTokenId);
        Assert.True(tokenizer.IsSpecial(vocabulary.Count - 1));
        Assert.Equal(["\u0120the", "in", "<|endoftext|>"], tokenizer.Encode(" thein<|endoftext|>", addSpecialTokens: true).Select(id => tokenizer.TokenText(id)));
        Assert.Equal(tokenizer.Encode(" thein", addSpecialTokens: true), TokenizerLoader.Load(Path.Combine(_folder, "vocab.json")).Encode(" thein", addSpecialTokens: true));
    }

    [Fact]
    public void A_merge_of_unknown_tokens_is_refused_with_its_line()
    {
        File.WriteAllText(Path.Combine(_folder, "vocab.json"), """{"a": 0, "b": 1}""");
        var missing = Assert.Throws<TokenizerFormatException>(() => TokenizerLoader.Load(_folder));
        Assert.Contains("merges.txt", missing.Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "merges.txt"), "#version: 0.2\na b\n");
        var error = Assert.Throws<TokenizerFormatException>(() => TokenizerLoader.Load(_folder));
        Assert.Contains("merges.txt: line 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_that_cannot_normalize_is_refused() =>
        Assert.Throws<PlatformNotSupportedException>(() => UnicodeSupport.Require(text => text));

    [Fact]
    public async Task A_process_with_invariant_globalization_is_refused()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["-method", $"{typeof(TokenizerLoaderTests).FullName}.{nameof(Invariant_globalization_probe)}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";
        start.Environment[InvariantProbe] = "1";
        using var process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
        Assert.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Invariant_globalization_probe()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable(InvariantProbe) == "1", "runs in a child process of its own without ICU");
        var error = Assert.Throws<PlatformNotSupportedException>(() => SyntheticTokenizers.Load("byte-level"));
        Assert.Contains("ICU", error.Message, StringComparison.Ordinal);
    }
}
