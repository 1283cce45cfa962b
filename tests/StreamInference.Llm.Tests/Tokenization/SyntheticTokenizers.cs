using System.Text.Json.Nodes;
using StreamInference.Llm.Tokenization;

namespace StreamInference.Llm.Tests.Tokenization;

/// <summary>Small tokenizer.json files of the families that the shared data has no example of, one component of each kind at least.</summary>
internal static class SyntheticTokenizers
{
    private const string Characters =
        "abcdefghijklmnopqrstuvwxyzABCDEHIMNPST0123456789.,!?'\"-/{}[]()<>=#$%&*+:;@_|~^\u00e9\u00e0\u00fc\u00df\u00ef\u0131\u03c3\u03c2\u0456\u043f\u0440\u0438\u0432\u0435\u0442" +
        "\u4f60\u597d\u65e5\u672c\u8a9e\ud55c\uad6d\uc5b4\u0301\u0327\u0928\u092e\u0938\u094d\u0645\u0631\u2026\u3002\u2581\u00bd";

    private static readonly string[] Pieces =
    [
        "th", "he", "the", "in", "ing", "an", "and", "hel", "hello", "ll", "lo", "do", "don", "er", "re", "st", "ist", "ser", "ver", "cafe", "caf", "na", "na\u00ef", "12", "34",
        "567", "\u4f60\u597d", "\u65e5\u672c", "\u043f\u0440", "\u0440\u0438", "\u0438\u0432", "\u2581the", "\u2581and", "\u2581a", "\u2581\u2581", "..", "...",
    ];

    /// <summary>The added token that is searched for in normalized text.</summary>
    public const string NormalizedToken = "Norm\u00c9d";

    public const int NormalizedTokenId = 6;

    public static TheoryData<string> Names { get; } = new(All().Select(t => t.Name));

    public static string Json(string name) => All().First(t => t.Name == name).Json.ToJsonString();

    private static IEnumerable<(string Name, JsonObject Json)> All()
    {
        yield return ("bert-uncased", File(WordPiece(), Bert(true), """{"type":"BertPreTokenizer"}""", BertTemplate, """{"type":"WordPiece","prefix":"##","cleanup":true}"""));
        yield return ("bert-cased", File(WordPiece(), Bert(false), """{"type":"BertPreTokenizer"}""", BertTemplate, """{"type":"WordPiece","prefix":"##","cleanup":false}"""));
        yield return ("wordpiece-words", File(WordPiece(), """{"type":"Sequence","normalizers":[{"type":"NFKD"},{"type":"StripAccents"},{"type":"Lowercase"},{"type":"Strip","strip_left":true,"strip_right":true}]}""",
            """{"type":"Sequence","pretokenizers":[{"type":"Whitespace"},{"type":"Digits","individual_digits":false},{"type":"Punctuation","behavior":"Contiguous"}]}""", "null", """{"type":"WordPiece","prefix":"##","cleanup":true}"""));
        foreach (string behavior in (string[])["Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"])
        {
            string invert = behavior is "Removed" or "MergedWithNext" ? "true" : "false";
            yield return ("split-" + behavior, File(WordPiece(), """{"type":"Replace","pattern":{"Regex":"\\s{2,}"},"content":" - "}""",
                $$$"""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Split","pattern":{"Regex":"[\\p{N}\\p{P}]|e"},"behavior":"{{{behavior}}}","invert":{{{invert}}}}]}""", "null", """{"type":"WordPiece","prefix":"##","cleanup":true}"""));
        }

        yield return ("unigram", File(Unigram(false), """{"type":"Sequence","normalizers":[{"type":"NFKC"},{"type":"Replace","pattern":{"String":"``"},"content":"\""}]}""",
            Metaspace("always", true), "null", Metaspace("always", true)));
        yield return ("unigram-bytes", File(Unigram(true), "null", Metaspace("first", false), "null",
            """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}"""));
        yield return ("bpe-suffix", File(Bpe("", "</w>", unknown: true), """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Lowercase"}]}""",
            """{"type":"Whitespace"}""", "null", """{"type":"BPEDecoder","suffix":"</w>"}"""));
        yield return ("bpe-prefix", File(Bpe("##", "", unknown: true), "null", """{"type":"WhitespaceSplit"}""", "null", """{"type":"WordPiece","prefix":"##","cleanup":false}"""));
        yield return ("byte-level", File(ByteLevel(), """{"type":"NFC"}""", """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""", "null", """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}"""));
        yield return ("sentencepiece", File(SentencePiece(), """{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"},{"type":"Replace","pattern":{"String":" "},"content":"\u2581"}]}""", "null", "null",
            """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}"""));
        yield return ("bpe-never", File(Bpe("", "", unknown: false), "null", Metaspace("never", true), "null", Metaspace("never", true)));
    }

    private const string BertTemplate =
        """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],"pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],"special_tokens":{"[CLS]":{"id":"[CLS]","ids":[1],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[2],"tokens":["[SEP]"]}}}""";

    private static string Bert(bool lowercase) =>
        $$"""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":{{(lowercase ? "true" : "false")}}}""";

    private static string Metaspace(string scheme, bool split) =>
        $$"""{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"{{scheme}}","split":{{(split ? "true" : "false")}}}""";

    private static JsonObject File(JsonObject model, string normalizer, string preTokenizer, string postProcessor, string decoder)
    {
        var added = new JsonArray();
        string[] flags = ["special", "special", "special", "lstrip", "rstrip", "single_word", "normalized"];
        string[] contents = ["[UNK]", "[CLS]", "[SEP]", "<left>", "<right>", "<word>", NormalizedToken];
        for (int id = 0; id < contents.Length; id++)
        {
            var token = new JsonObject { ["id"] = id, ["content"] = contents[id] };
            foreach (string flag in (string[])["single_word", "lstrip", "rstrip", "normalized", "special"])
                token[flag] = flags[id] == flag;
            added.Add(token);
        }

        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = added,
            ["normalizer"] = JsonNode.Parse(normalizer),
            ["pre_tokenizer"] = JsonNode.Parse(preTokenizer),
            ["post_processor"] = JsonNode.Parse(postProcessor),
            ["decoder"] = JsonNode.Parse(decoder),
            ["model"] = model,
        };
    }

    public static IReadOnlyList<string> AddedTokens { get; } = ["[UNK]", "[CLS]", "<left>", "<right>", "<word>", NormalizedToken, "norme\u0301d"];

    private static List<string> Texts(Func<string, IEnumerable<string>> variants)
    {
        var texts = new List<string> { "[UNK]", "[CLS]", "[SEP]", "<left>", "<right>", "<word>", NormalizedToken };
        texts.AddRange(Characters.Select(c => c.ToString()).Concat(["\U0001F600", "\U00020000"]).Concat(Pieces).SelectMany(variants).Distinct());
        return texts;
    }

    private static JsonObject Vocabulary(List<string> texts)
    {
        var vocabulary = new JsonObject();
        for (int id = 0; id < texts.Count; id++)
            vocabulary[texts[id]] = id;
        return vocabulary;
    }

    private static JsonObject WordPiece() => new()
    {
        ["type"] = "WordPiece",
        ["unk_token"] = "[UNK]",
        ["continuing_subword_prefix"] = "##",
        ["max_input_chars_per_word"] = 12,
        ["vocab"] = Vocabulary(Texts(text => [text, "##" + text])),
    };

    private static JsonObject Unigram(bool byteFallback)
    {
        var texts = Texts(text => [text]);
        if (byteFallback)
            texts.AddRange(Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"));
        var vocabulary = new JsonArray();
        // Few distinct scores, so that ties happen.
        for (int id = 0; id < texts.Count; id++)
            vocabulary.Add(new JsonArray(texts[id], -2.5 - (id % 7)));
        return new JsonObject { ["type"] = "Unigram", ["unk_id"] = 0, ["vocab"] = vocabulary, ["byte_fallback"] = byteFallback };
    }

    private static JsonObject Bpe(string prefix, string suffix, bool unknown)
    {
        var texts = Texts(text => [.. new[] { text, prefix + text, text + suffix, prefix + text + suffix }.Distinct()]);
        var known = texts.ToHashSet();
        var merges = new JsonArray();
        foreach (string text in texts)
        {
            string body = text.StartsWith(prefix, StringComparison.Ordinal) && prefix.Length > 0 ? text[prefix.Length..] : text;
            for (int cut = 1; cut < body.Length; cut++)
            {
                string left = text[..(text.Length - body.Length + cut)];
                string right = prefix + body[cut..];
                if (known.Contains(left) && known.Contains(right))
                    merges.Add(new JsonArray(left, right));
            }
        }

        return new JsonObject
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = unknown ? "[UNK]" : null,
            ["continuing_subword_prefix"] = prefix.Length > 0 ? prefix : null,
            ["end_of_word_suffix"] = suffix.Length > 0 ? suffix : null,
            ["fuse_unk"] = suffix.Length > 0,
            ["byte_fallback"] = false,
            ["vocab"] = Vocabulary(texts),
            ["merges"] = merges,
        };
    }

    private static JsonObject SentencePiece()
    {
        var model = Bpe("", "", unknown: true);
        var vocabulary = model["vocab"]!.AsObject();
        for (int value = 0; value < 256; value++)
            vocabulary.TryAdd($"<0x{value:X2}>", vocabulary.Count);
        model["byte_fallback"] = true;
        model["fuse_unk"] = true;
        return model;
    }

    private static JsonObject ByteLevel()
    {
        var texts = new List<string> { "[UNK]", "[CLS]", "[SEP]", "<left>", "<right>", "<word>", NormalizedToken };
        int shifted = 256;
        string[] alphabet = [.. Enumerable.Range(0, 256).Select(b => ((char)(b is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255) ? b : shifted++)).ToString())];
        texts.AddRange(alphabet);
        string[] pairs = ["th", "the", "in", "ing", "he", "\u0120t", "\u0120the", "\u00e4\u00bd", "\u00e4\u00bd\u0142", "\u00f0\u0141", "\u00f0\u0141\u013a", "\u0120\u0120"];
        texts.AddRange(pairs);
        var known = texts.ToHashSet();
        var merges = new JsonArray();
        foreach (string text in pairs)
        {
            for (int cut = 1; cut < text.Length; cut++)
            {
                if (known.Contains(text[..cut]) && known.Contains(text[cut..]))
                    merges.Add($"{text[..cut]} {text[cut..]}");
            }
        }

        return new JsonObject { ["type"] = "BPE", ["vocab"] = Vocabulary(texts), ["merges"] = merges };
    }

    /// <summary>The tokenizer of that name, loaded.</summary>
    public static LanguageTokenizer Load(string name) =>
        TokenizerLoader.Parse(System.Text.Encoding.UTF8.GetBytes(Json(name)), default, name);
}
