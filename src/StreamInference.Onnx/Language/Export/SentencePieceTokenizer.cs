using System.Text.Json.Nodes;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language.Export;

/// <summary>
/// A tokenizer.json for pieces with scores (SentencePiece BPE, llama2.c): merges are the pairs of pieces that make a piece, the best score first, as
/// transformers' converter lists them.
/// </summary>
internal static class SentencePieceTokenizer
{
    private const string Space = "\u2581";

    // Every cut of a piece is looked at, so work grows with the square of its length.
    private const int MaxPieceLength = 512;

    /// <exception cref="ModelLoadException">There are no pieces, or one is longer than any real vocabulary has.</exception>
    public static JsonObject Build(string[] pieces, float[] scores, bool prependSpace)
    {
        if (pieces.Length == 0) throw new ModelLoadException("The tokenizer has no pieces.");
        int tooLong = Array.FindIndex(pieces, piece => piece.Length > MaxPieceLength);
        if (tooLong >= 0) throw new ModelLoadException($"The tokenizer's piece {tooLong} has {pieces[tooLong].Length} characters, {MaxPieceLength} is the limit.");
        JsonObject vocabulary = [];
        Dictionary<string, int> ids = [];
        for (int id = 0; id < pieces.Length; id++)
            if (ids.TryAdd(pieces[id], id)) vocabulary[pieces[id]] = id;
        JsonArray normalizers = [];
        if (prependSpace) normalizers.Add(new JsonObject { ["type"] = "Prepend", ["prepend"] = Space });
        normalizers.Add(Replace(" ", Space));
        JsonArray decoders = [Replace(Space, " "), new JsonObject { ["type"] = "ByteFallback" }, new JsonObject { ["type"] = "Fuse" }];
        if (prependSpace) decoders.Add(new JsonObject { ["type"] = "Strip", ["content"] = " ", ["start"] = 1, ["stop"] = 0 });
        return new JsonObject
        {
            ["version"] = "1.0",
            ["normalizer"] = new JsonObject { ["type"] = "Sequence", ["normalizers"] = normalizers },
            ["pre_tokenizer"] = null,
            ["decoder"] = new JsonObject { ["type"] = "Sequence", ["decoders"] = decoders },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["unk_token"] = pieces[0],
                ["fuse_unk"] = true,
                ["byte_fallback"] = true,
                ["ignore_merges"] = false,
                ["vocab"] = vocabulary,
                ["merges"] = Merges(pieces, scores, ids),
            },
        };
    }

    /// <summary>A post-processor that puts one token before every text.</summary>
    public static JsonObject BeginOfText(string token, int id)
    {
        JsonObject special = new() { ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = 0 } };
        JsonObject sequence = new() { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } };
        JsonObject pair = new() { ["Sequence"] = new JsonObject { ["id"] = "B", ["type_id"] = 1 } };
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray(special, sequence),
            ["pair"] = new JsonArray(special.DeepClone(), sequence.DeepClone(), pair),
            ["special_tokens"] = new JsonObject
            {
                [token] = new JsonObject { ["id"] = token, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(token) },
            },
        };
    }

    private static JsonArray Merges(string[] pieces, float[] scores, Dictionary<string, int> ids)
    {
        List<(string Left, string Right, float Score)> merges = [];
        for (int id = 0; id < pieces.Length; id++)
        {
            string piece = pieces[id];
            List<(string Left, string Right, float Score)> own = [];
            for (int cut = 1; cut < piece.Length; cut++)
                if (ids.ContainsKey(piece[..cut]) && ids.ContainsKey(piece[cut..])) own.Add((piece[..cut], piece[cut..], scores[id]));
            merges.AddRange(own.OrderBy(m => ids[m.Left]).ThenBy(m => ids[m.Right]));
        }
        return [.. merges.OrderByDescending(m => m.Score).ThenByDescending(m => m.Left.Length).ThenByDescending(m => m.Right.Length)
            .Select(m => (JsonNode)new JsonArray(m.Left, m.Right))];
    }

    private static JsonObject Replace(string what, string by) => new()
    {
        ["type"] = "Replace",
        ["pattern"] = new JsonObject { ["String"] = what },
        ["content"] = by,
    };
}
