namespace StreamInference.Llm.Tokenization.Models;

/// <summary>Reads a <c>BPE</c> model: vocabulary, merges (strings "a b" or pairs) and settings.</summary>
internal static class BpeReader
{
    public static BpeModel Read(JsonCursor json)
    {
        var vocabulary = Vocabulary.Read(json.Get("vocab"));
        var options = new BpeOptions
        {
            UnknownToken = ReadUnknown(json, vocabulary),
            ContinuingPrefix = json.Text("continuing_subword_prefix", ""),
            WordSuffix = json.Text("end_of_word_suffix", ""),
            FuseUnknown = json.Flag("fuse_unk", false),
            ByteFallback = json.Flag("byte_fallback", false),
            IgnoreMerges = json.Flag("ignore_merges", false),
        };
        var merges = new List<Merge>();
        foreach (var item in json.Items("merges"))
        {
            var (left, right) = ReadPair(item);
            merges.Add(Resolve(vocabulary, left, right, options.ContinuingPrefix.Length)
                ?? throw item.Error($"the merge '{left} {right}' uses a token that is not in the vocabulary"));
        }

        return new BpeModel(vocabulary, new MergeTable(merges), options);
    }

    /// <summary>The merge of two tokens; null when one of the three tokens is not in the vocabulary.</summary>
    public static Merge? Resolve(Vocabulary vocabulary, string left, string right, int prefixLength)
    {
        if (!vocabulary.TryGetId(left, out int leftId) || !vocabulary.TryGetId(right, out int rightId))
            return null;
        string merged = string.Concat(left, right.AsSpan(Math.Min(prefixLength, right.Length)));
        return vocabulary.TryGetId(merged, out int mergedId) ? new Merge(leftId, rightId, mergedId) : null;
    }

    private static string? ReadUnknown(JsonCursor json, Vocabulary vocabulary)
    {
        string unknown = json.Text("unk_token", "");
        if (unknown.Length == 0)
            return null;
        return vocabulary.TryGetId(unknown, out _) ? unknown : throw json.Error($"unk_token '{unknown}' is not in the vocabulary");
    }

    private static (string Left, string Right) ReadPair(JsonCursor item)
    {
        if (item.IsArray)
            return (item.Item(0).Text(), item.Item(1).Text());
        string text = item.Text();
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 ? (text[..space], text[(space + 1)..]) : throw item.Error("two tokens with a space between are expected");
    }
}
