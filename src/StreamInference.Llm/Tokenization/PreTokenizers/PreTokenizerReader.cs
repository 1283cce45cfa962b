using System.Text.RegularExpressions;

namespace StreamInference.Llm.Tokenization.PreTokenizers;

/// <summary>Reads the <c>pre_tokenizer</c> of a tokenizer.json into the steps it stands for.</summary>
internal static class PreTokenizerReader
{
    public static void Read(JsonCursor json, List<PreTokenizerStep> steps)
    {
        switch (json.Text("type"))
        {
            case "Sequence":
                foreach (var item in json.Items("pretokenizers"))
                    Read(item, steps);
                break;
            case "ByteLevel":
                ReadByteLevel(json, steps);
                break;
            case "BertPreTokenizer":
                steps.Add(new SplitStep(SplitPattern.Compile(@"\s"), SplitBehavior.Removed));
                steps.Add(new SplitStep(SplitPattern.Compile(SplitPattern.Punctuation), SplitBehavior.Isolated, tables: CategoryTables.OlderPunctuation));
                break;
            default:
                steps.Add(ReadOne(json));
                break;
        }
    }

    private static PreTokenizerStep ReadOne(JsonCursor json) => json.Text("type") switch
    {
        "Split" => new SplitStep(SplitPattern.Read(json.Get("pattern")), ReadBehavior(json.Get("behavior")), json.Flag("invert", false)),
        "Digits" => new SplitStep(
            SplitPattern.Compile(@"\p{N}"),
            json.Flag("individual_digits", false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous,
            tables: CategoryTables.NewerNumbers),
        "Punctuation" => new SplitStep(
            SplitPattern.Compile(SplitPattern.Punctuation),
            json.TryGet("behavior", out var behavior) ? ReadBehavior(behavior) : SplitBehavior.Isolated,
            tables: CategoryTables.OlderPunctuation),
        "Whitespace" => new SplitStep(SplitPattern.Compile(SplitPattern.Words), SplitBehavior.Removed, invert: true),
        "WhitespaceSplit" => new SplitStep(SplitPattern.Compile(@"\s"), SplitBehavior.Removed),
        "CharDelimiterSplit" => new SplitStep(SplitPattern.Compile(Regex.Escape(json.Text("delimiter"))), SplitBehavior.Removed),
        "Metaspace" => ReadMetaspace(json),
        var type => throw json.Error($"pre-tokenizer '{type}' is not supported"),
    };

    private static void ReadByteLevel(JsonCursor json, List<PreTokenizerStep> steps)
    {
        if (json.Flag("add_prefix_space", true))
            steps.Add(new PrefixSpaceStep());
        if (json.Flag("use_regex", true))
            steps.Add(new SplitStep(SplitPattern.Compile(SplitPattern.Gpt2), SplitBehavior.Isolated));
        steps.Add(new ByteAlphabetStep());
    }

    private static MetaspaceStep ReadMetaspace(JsonCursor json)
    {
        // Files from before prepend_scheme have only add_prefix_space.
        var scheme = json.Text("prepend_scheme", json.Flag("add_prefix_space", true) ? "always" : "never") switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            var other => throw json.Error($"prepend_scheme '{other}' is unknown"),
        };
        return new MetaspaceStep(ReadMark(json), scheme, json.Flag("split", true));
    }

    internal static char ReadMark(JsonCursor json)
    {
        string mark = json.Text("replacement");
        return mark.Length == 1 ? mark[0] : throw json.Error("'replacement' must be one character");
    }

    private static SplitBehavior ReadBehavior(JsonCursor json) =>
        Enum.TryParse<SplitBehavior>(json.Text(), out var behavior) ? behavior : throw json.Error($"behavior '{json.Text()}' is unknown");
}
