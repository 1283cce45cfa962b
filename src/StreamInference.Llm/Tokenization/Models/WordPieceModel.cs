using System.Runtime.InteropServices;

namespace StreamInference.Llm.Tokenization.Models;

/// <summary><c>WordPiece</c> (BERT): the longest token from the left, again and again; a word with any part unknown is unknown as a whole.</summary>
internal sealed class WordPieceModel : TokenModel
{
    private readonly PrefixTrie _trie = new();
    private readonly int _continuation = PrefixTrie.Root;
    private readonly int _unknownId;
    private readonly int _maxCharacters;

    private WordPieceModel(Vocabulary vocabulary, string prefix, int unknownId, int maxCharacters)
    {
        Vocabulary = vocabulary;
        _unknownId = unknownId;
        _maxCharacters = maxCharacters;
        foreach (var (text, id) in vocabulary.Entries)
            _trie.Add(text, id);
        foreach (char c in prefix)
            _continuation = _continuation == PrefixTrie.None ? PrefixTrie.None : _trie.Step(_continuation, c);
    }

    public override Vocabulary Vocabulary { get; }

    public static WordPieceModel Read(JsonCursor json)
    {
        var vocabulary = Vocabulary.Read(json.Get("vocab"));
        string unknown = json.Text("unk_token", "[UNK]");
        if (!vocabulary.TryGetId(unknown, out int unknownId))
            throw json.Error($"unk_token '{unknown}' is not in the vocabulary");
        int maxCharacters = json.TryGet("max_input_chars_per_word", out var max) ? max.Integer() : 100;
        return new WordPieceModel(vocabulary, json.Text("continuing_subword_prefix", "##"), unknownId, maxCharacters);
    }

    public override void Encode(ReadOnlySpan<char> piece, List<int> ids) => Encode(piece, ids, null);

    public override void Encode(ReadOnlySpan<char> piece, List<int> ids, List<PieceRange>? ranges)
    {
        int from = ids.Count;
        bool known = !IsTooLong(piece);
        for (int at = 0; known && at < piece.Length;)
        {
            int id = LongestAt(piece, at, out int end);
            known = id >= 0;
            if (!known)
                break;
            ids.Add(id);
            ranges?.Add(new PieceRange(at, end));
            at = end;
        }

        if (known)
            return;
        ranges?.RemoveRange(ranges.Count - (ids.Count - from), ids.Count - from);
        CollectionsMarshal.SetCount(ids, from);
        ids.Add(_unknownId);
        ranges?.Add(new PieceRange(0, piece.Length));
    }

    private int LongestAt(ReadOnlySpan<char> piece, int start, out int end)
    {
        int found = PrefixTrie.None;
        int node = start == 0 ? PrefixTrie.Root : _continuation;
        end = start;
        for (int i = start; i < piece.Length && node != PrefixTrie.None; i++)
        {
            node = _trie.Step(node, piece[i]);
            if (node == PrefixTrie.None || _trie.TokenAt(node) == PrefixTrie.None)
                continue;
            found = _trie.TokenAt(node);
            end = i + 1;
        }

        return found;
    }

    private bool IsTooLong(ReadOnlySpan<char> piece)
    {
        if (piece.Length <= _maxCharacters)
            return false;
        int characters = 0;
        foreach (var _ in piece.EnumerateRunes())
            characters++;
        return characters > _maxCharacters;
    }
}
