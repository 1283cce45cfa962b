using StreamInference.Llm.Tokenization.AddedTokens;
using StreamInference.Llm.Tokenization.Decoders;
using StreamInference.Llm.Tokenization.Models;
using StreamInference.Llm.Tokenization.PreTokenizers;

namespace StreamInference.Llm.Tokenization;

/// <summary>Reads the older pair vocab.json + merges.txt (GPT-2): byte-level BPE with GPT-2's pattern, &lt;|endoftext|&gt; special.</summary>
internal static class VocabularyAndMergesReader
{
    private const string EndOfText = "<|endoftext|>";

    public static TokenizerParts Read(JsonCursor vocabularyJson, string mergesPath)
    {
        var vocabulary = Vocabulary.Read(vocabularyJson);
        var added = vocabulary.TryGetId(EndOfText, out int id) ? [new AddedToken(id, EndOfText) { Special = true }] : new List<AddedToken>();
        return new TokenizerParts
        {
            Model = new BpeModel(vocabulary, new MergeTable(ReadMerges(vocabulary, mergesPath)), new BpeOptions()),
            PreTokenizers = [new SplitStep(SplitPattern.Compile(SplitPattern.Gpt2), SplitBehavior.Isolated), new ByteAlphabetStep()],
            AddedTokens = added,
            Decoder = DecoderPlan.ByteLevel,
        };
    }

    private static List<Merge> ReadMerges(Vocabulary vocabulary, string path)
    {
        var merges = new List<Merge>();
        int line = 0;
        foreach (string text in File.ReadLines(path))
        {
            line++;
            if (text.Length == 0 || (line == 1 && text.StartsWith("#version", StringComparison.Ordinal)))
                continue;
            int space = text.IndexOf(' ', StringComparison.Ordinal);
            var merge = space > 0 ? BpeReader.Resolve(vocabulary, text.AsSpan(0, space), text.AsSpan(space + 1), 0) : null;
            merges.Add(merge ?? throw new TokenizerFormatException($"{path}: line {line}: '{text}' is not a merge of two tokens of the vocabulary"));
        }

        return merges;
    }
}
