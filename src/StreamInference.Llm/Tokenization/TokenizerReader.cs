using StreamInference.Llm.Tokenization.AddedTokens;
using StreamInference.Llm.Tokenization.Decoders;
using StreamInference.Llm.Tokenization.Models;
using StreamInference.Llm.Tokenization.Normalizers;
using StreamInference.Llm.Tokenization.PostProcessors;
using StreamInference.Llm.Tokenization.PreTokenizers;
using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization;

/// <summary>
/// Reads a tokenizer.json (Hugging Face tokenizers). <c>truncation</c>, <c>padding</c> and dropout are ignored: the caller decides lengths.
/// An unknown component is an error that names it.
/// </summary>
internal static class TokenizerReader
{
    public static TokenizerParts Read(JsonCursor json)
    {
        var normalizers = new List<ITextRewriter>();
        if (json.TryGet("normalizer", out var normalizer))
            NormalizerReader.Read(normalizer, normalizers);
        var preTokenizers = new List<PreTokenizerStep>();
        if (json.TryGet("pre_tokenizer", out var preTokenizer))
            PreTokenizerReader.Read(preTokenizer, preTokenizers);
        return new TokenizerParts
        {
            Model = ReadModel(json.Get("model")),
            Normalizers = normalizers,
            PreTokenizers = preTokenizers,
            AddedTokens = json.TryGet("added_tokens", out var added) ? [.. added.Items().Select(item => ReadAdded(item, normalizers))] : [],
            Template = json.TryGet("post_processor", out var processor) ? SpecialTokenTemplate.Read(processor) : SpecialTokenTemplate.None,
            Decoder = DecoderPlan.Read(json.TryGet("decoder", out var decoder) ? decoder : null),
        };
    }

    private static TokenModel ReadModel(JsonCursor json) => json.Text("type", GuessType(json)) switch
    {
        "BPE" => BpeReader.Read(json),
        "WordPiece" => WordPieceModel.Read(json),
        "Unigram" => UnigramModel.Read(json),
        var type => throw json.Error($"model '{type}' is not supported"),
    };

    // Old files leave the type out.
    private static string GuessType(JsonCursor json)
    {
        if (json.TryGet("merges", out _))
            return "BPE";
        return json.Get("vocab").IsArray ? "Unigram" : "WordPiece";
    }

    private static AddedToken ReadAdded(JsonCursor json, List<ITextRewriter> normalizers)
    {
        int id = json.Integer("id");
        if (id is < 0 or > Vocabulary.MaxId)
            throw json.Error($"the id must be from 0 to {Vocabulary.MaxId}");
        string content = json.Text("content");
        bool normalized = json.Flag("normalized", !json.Flag("special", false));
        return new AddedToken(id, content)
        {
            Pattern = normalized ? TokenizerPipeline.Normalize(normalizers, content) : content,
            SingleWord = json.Flag("single_word", false),
            StripLeft = json.Flag("lstrip", false),
            StripRight = json.Flag("rstrip", false),
            Normalized = normalized,
            Special = json.Flag("special", false),
        };
    }
}
