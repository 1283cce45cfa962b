using System.Text;
using System.Text.Json.Nodes;
using StreamInference.Llm.Tokenization;
using RustTokenizer = Tokenizers.DotNet.Tokenizer;

namespace StreamInference.Llm.Tests.Tokenization;

/// <summary>Each component against the reference on every code point of the first two planes: the tables of both are of different Unicode versions.</summary>
public sealed class EveryCodePointTests
{
    private const int LastCodePoint = 0x1FFFF;
    private const int CodePointsPerText = 24;

    public static TheoryData<string> Normalizers { get; } = new(
        """{"type":"NFC"}""", """{"type":"NFKD"}""", """{"type":"Lowercase"}""", """{"type":"StripAccents"}""",
        """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""");

    public static TheoryData<string> PreTokenizers { get; } = new(
        """{"type":"BertPreTokenizer"}""", """{"type":"Punctuation","behavior":"Isolated"}""", """{"type":"Whitespace"}""",
        """{"type":"Digits","individual_digits":true}""",
        """{"type":"Split","pattern":{"Regex":"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false}""",
        """{"type":"Split","pattern":{"Regex":"[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|\\p{N}{1,3}"},"behavior":"Isolated","invert":false}""");

    [Theory]
    [MemberData(nameof(Normalizers))]
    public void A_normalizer_maps_every_code_point_as_the_reference_does(string normalizer) =>
        Compare(ByteTokenizer(normalizer), rune => $"x\u0315{rune}\u0334\u0301 ");

    [Theory]
    [MemberData(nameof(PreTokenizers))]
    public void A_pre_tokenizer_cuts_at_every_code_point_as_the_reference_does(string preTokenizer) =>
        Compare(PieceTokenizer(preTokenizer), rune => $"a{rune}b 1{rune}{rune}2 ");

    private static void Compare(JsonObject json, Func<Rune, string> embed)
    {
        string path = Path.Combine(Path.GetTempPath(), $"code-points-{Guid.NewGuid():N}-tokenizer.json");
        System.IO.File.WriteAllText(path, json.ToJsonString());
        try
        {
            var ours = TokenizerLoader.Load(path);
            var reference = new RustTokenizer(path);
            for (int first = 0; first <= LastCodePoint; first += CodePointsPerText)
            {
                var runes = Enumerable.Range(first, CodePointsPerText).Where(Rune.IsValid).Select(c => new Rune(c));
                string text = string.Concat(runes.Select(embed));
                var expected = reference.Encode(text).Select(id => (int)id);
                Assert.True(expected.SequenceEqual(ours.Encode(text, addSpecialTokens: true)), $"U+{first:X} to U+{first + CodePointsPerText - 1:X}");
            }
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    }

    // One token for each byte: the ids are the normalized text.
    private static JsonObject ByteTokenizer(string normalizer)
    {
        var vocabulary = new JsonObject();
        int shifted = 256;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255);
            vocabulary[((char)(printable ? value : shifted++)).ToString()] = value;
        }

        return File(
            normalizer,
            """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,"use_regex":false}""",
            new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray() });
    }

    // A piece is one unknown unless it is a, b, 1, 2 or a space: the ids show where the cuts are.
    private static JsonObject PieceTokenizer(string preTokenizer)
    {
        var vocabulary = new JsonObject { ["[UNK]"] = 0, ["a"] = 1, ["b"] = 2, ["1"] = 3, ["2"] = 4, [" "] = 5, ["##b"] = 6, ["##1"] = 7 };
        var model = new JsonObject { ["type"] = "WordPiece", ["unk_token"] = "[UNK]", ["continuing_subword_prefix"] = "##", ["max_input_chars_per_word"] = 100, ["vocab"] = vocabulary };
        return File("null", preTokenizer, model);
    }

    private static JsonObject File(string normalizer, string preTokenizer, JsonObject model) => new()
    {
        ["version"] = "1.0",
        ["added_tokens"] = new JsonArray(),
        ["normalizer"] = JsonNode.Parse(normalizer),
        ["pre_tokenizer"] = JsonNode.Parse(preTokenizer),
        ["post_processor"] = null,
        ["decoder"] = null,
        ["model"] = model,
    };
}
