using System.Text;
using StreamInference.Llm.Tokenization.PreTokenizers;
using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.Normalizers;

/// <summary>Reads the <c>normalizer</c> of a tokenizer.json into the steps it stands for.</summary>
internal static class NormalizerReader
{
    public static void Read(JsonCursor json, List<ITextRewriter> steps)
    {
        switch (json.Text("type"))
        {
            case "Sequence":
                foreach (var item in json.Items("normalizers"))
                    Read(item, steps);
                break;
            case "BertNormalizer":
                ReadBert(json, steps);
                break;
            default:
                steps.Add(ReadOne(json));
                break;
        }
    }

    private static ITextRewriter ReadOne(JsonCursor json) => json.Text("type") switch
    {
        "NFC" => new UnicodeNormalizer(NormalizationForm.FormC),
        "NFD" => new UnicodeNormalizer(NormalizationForm.FormD),
        "NFKC" => new UnicodeNormalizer(NormalizationForm.FormKC),
        "NFKD" => new UnicodeNormalizer(NormalizationForm.FormKD),
        "Lowercase" => new LowercaseNormalizer(),
        "StripAccents" => new StripAccentsNormalizer(),
        "Strip" => new StripNormalizer(json.Flag("strip_left", true), json.Flag("strip_right", true)),
        "Prepend" => new PrependNormalizer(json.Text("prepend")),
        "Replace" => ReadReplace(json),
        "ByteLevel" => new ByteAlphabetRewriter(),
        var type => throw json.Error($"normalizer '{type}' is not supported"),
    };

    private static ITextRewriter ReadReplace(JsonCursor json)
    {
        string content = json.Text("content");
        var pattern = json.Get("pattern");
        if (pattern.TryGet("String", out var literal))
        {
            string text = literal.Text();
            return text.Length > 0 ? new ReplaceNormalizer(text, content) : throw literal.Error("an empty pattern");
        }

        return new RegexReplaceNormalizer(SplitPattern.CompileRegex(pattern.Get("Regex")), content);
    }

    private static void ReadBert(JsonCursor json, List<ITextRewriter> steps)
    {
        bool lowercase = json.Flag("lowercase", true);
        steps.Add(new BertCleaner(json.Flag("clean_text", true), json.Flag("handle_chinese_chars", true)));
        // An absent strip_accents follows lowercase.
        if (json.Flag("strip_accents", lowercase))
        {
            steps.Add(new UnicodeNormalizer(NormalizationForm.FormD));
            steps.Add(new BertAccentStripper());
        }

        if (lowercase)
            steps.Add(new LowercaseNormalizer());
    }
}
