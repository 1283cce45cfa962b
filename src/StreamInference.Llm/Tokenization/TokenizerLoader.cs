namespace StreamInference.Llm.Tokenization;

/// <summary>Loads the tokenizer of a model.</summary>
public static class TokenizerLoader
{
    private const string TokenizerFile = "tokenizer.json";
    private const string VocabularyFile = "vocab.json";
    private const string MergesFile = "merges.txt";

    /// <summary>
    /// Loads from a model folder (tokenizer.json, or vocab.json with merges.txt), or from one of these files; the file's name may have a prefix
    /// (<c>gpt2_vocab.json</c>), which its neighbours then share. tokenizer_config.json and special_tokens_map.json name the special tokens.
    /// </summary>
    /// <exception cref="TokenizerFormatException">A file is missing, broken or uses a feature that is not supported.</exception>
    /// <exception cref="PlatformNotSupportedException">The host has no ICU (invariant globalization).</exception>
    public static LanguageTokenizer Load(string folderOrFile)
    {
        ArgumentException.ThrowIfNullOrEmpty(folderOrFile);
        UnicodeSupport.Require();
        string file = Directory.Exists(folderOrFile) ? FindIn(folderOrFile) : folderOrFile;
        if (file.EndsWith(TokenizerFile, StringComparison.Ordinal))
            return LoadTokenizerJson(file, file[..^TokenizerFile.Length]);
        if (file.EndsWith(VocabularyFile, StringComparison.Ordinal))
            return LoadVocabularyAndMerges(file, file[..^VocabularyFile.Length]);
        throw new TokenizerFormatException($"{file}: a folder, {TokenizerFile} or {VocabularyFile} is expected");
    }

    /// <summary>Loads from the content of a tokenizer.json and, where there is one, of a tokenizer_config.json.</summary>
    /// <param name="tokenizerJson">UTF-8.</param>
    /// <param name="tokenizerConfigJson">UTF-8, or empty.</param>
    /// <param name="name">What error messages call the source.</param>
    /// <exception cref="TokenizerFormatException">The content is broken or uses a feature that is not supported.</exception>
    /// <exception cref="PlatformNotSupportedException">The host has no ICU (invariant globalization).</exception>
    public static LanguageTokenizer Parse(ReadOnlyMemory<byte> tokenizerJson, ReadOnlyMemory<byte> tokenizerConfigJson, string name)
    {
        UnicodeSupport.Require();
        using var document = JsonFile.Parse(tokenizerJson, name);
        var special = SpecialTokens.None;
        if (!tokenizerConfigJson.IsEmpty)
        {
            using var config = JsonFile.Parse(tokenizerConfigJson, name);
            special = SpecialTokens.Read(new JsonCursor(config.RootElement, name));
        }

        return new LanguageTokenizer(TokenizerReader.Read(new JsonCursor(document.RootElement, name)), special);
    }

    private static string FindIn(string folder)
    {
        string tokenizer = Path.Combine(folder, TokenizerFile);
        if (File.Exists(tokenizer))
            return tokenizer;
        string vocabulary = Path.Combine(folder, VocabularyFile);
        return File.Exists(vocabulary)
            ? vocabulary
            : throw new TokenizerFormatException($"{folder}: neither {TokenizerFile} nor {VocabularyFile} with {MergesFile} is there");
    }

    private static LanguageTokenizer LoadTokenizerJson(string file, string prefix)
    {
        using var document = JsonFile.Open(file);
        return new LanguageTokenizer(TokenizerReader.Read(new JsonCursor(document.RootElement, file)), ReadSpecialTokens(prefix));
    }

    private static LanguageTokenizer LoadVocabularyAndMerges(string file, string prefix)
    {
        string merges = prefix + MergesFile;
        if (!File.Exists(merges))
            throw new TokenizerFormatException($"{merges}: is missing beside {file}");
        using var document = JsonFile.Open(file);
        return new LanguageTokenizer(VocabularyAndMergesReader.Read(new JsonCursor(document.RootElement, file), merges), ReadSpecialTokens(prefix));
    }

    private static SpecialTokens ReadSpecialTokens(string prefix) =>
        ReadSpecialTokensFile(prefix + "tokenizer_config.json").OrElse(ReadSpecialTokensFile(prefix + "special_tokens_map.json"));

    private static SpecialTokens ReadSpecialTokensFile(string file)
    {
        if (!File.Exists(file))
            return SpecialTokens.None;
        using var document = JsonFile.Open(file);
        return SpecialTokens.Read(new JsonCursor(document.RootElement, file));
    }
}
