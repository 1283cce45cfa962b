namespace StreamInference.Llm.Tokenization.Models;

/// <summary>Reads a <c>BPE</c> model: vocabulary, merges (strings "a b" or pairs) and settings.</summary>
internal static class BpeReader
{
    private const int StackLimit = 256;

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
        return new BpeModel(vocabulary, new MergeTable(ReadMerges(json.Get("merges"), vocabulary, options)), options);
    }

    private static List<Merge> ReadMerges(JsonCursor json, Vocabulary vocabulary, BpeOptions options)
    {
        var merges = new List<Merge>();
        foreach (var item in json.Items())
        {
            string first = item.IsArray ? item.Item(0).Text() : item.Text();
            int space = item.IsArray ? first.Length : first.IndexOf(' ', StringComparison.Ordinal);
            if (space <= 0)
                throw item.Error("two tokens with a space between are expected");
            var right = item.IsArray ? item.Item(1).Text() : first.AsSpan(space + 1);
            merges.Add(Resolve(vocabulary, first.AsSpan(0, space), right, options.ContinuingPrefix.Length)
                ?? throw item.Error($"the merge '{first[..space]} {right}' uses a token that is not in the vocabulary"));
        }

        return merges;
    }

    /// <summary>The merge of two tokens; null when one of the three tokens is not in the vocabulary.</summary>
    public static Merge? Resolve(Vocabulary vocabulary, ReadOnlySpan<char> left, ReadOnlySpan<char> right, int prefixLength)
    {
        if (!vocabulary.TryGetId(left, out int leftId) || !vocabulary.TryGetId(right, out int rightId))
            return null;
        right = right[Math.Min(prefixLength, right.Length)..];
        int length = left.Length + right.Length;
        Span<char> merged = length <= StackLimit ? stackalloc char[StackLimit] : new char[length];
        left.CopyTo(merged);
        right.CopyTo(merged[left.Length..]);
        return vocabulary.TryGetId(merged[..length], out int mergedId) ? new Merge(leftId, rightId, mergedId) : null;
    }

    private static string? ReadUnknown(JsonCursor json, Vocabulary vocabulary)
    {
        string unknown = json.Text("unk_token", "");
        if (unknown.Length == 0)
            return null;
        return vocabulary.TryGetId(unknown, out _) ? unknown : throw json.Error($"unk_token '{unknown}' is not in the vocabulary");
    }
}
