using System.Buffers;
using System.Text;

namespace StreamInference.Llm.Tokenization.Models;

/// <summary><c>Unigram</c> (Kudo 2018): the segmentation with the highest sum of log-probabilities, by Viterbi; unknowns are fused.</summary>
internal sealed class UnigramModel : TokenModel
{
    private const double UnknownPenalty = 10;
    private readonly PrefixTrie _trie = new();
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int _unknownId;
    private readonly int[]? _fallbackIds;

    private UnigramModel(Vocabulary vocabulary, double[] scores, int unknownId, bool byteFallback)
    {
        Vocabulary = vocabulary;
        _scores = scores;
        _unknownId = unknownId;
        _unknownScore = scores.Min() - UnknownPenalty;
        _fallbackIds = byteFallback ? vocabulary.ByteIds(Vocabulary.FallbackName) : null;
        foreach (var (text, id) in vocabulary.Entries)
            _trie.Add(text, id);
    }

    public override Vocabulary Vocabulary { get; }

    public static UnigramModel Read(JsonCursor json)
    {
        var texts = new List<string>();
        var scores = new List<double>();
        foreach (var item in json.Items("vocab"))
        {
            texts.Add(item.Item(0).Text());
            scores.Add(item.Item(1).Number());
        }

        // Without one, a text with an unknown character would have no encoding at all.
        int unknownId = json.Integer("unk_id");
        if (texts.Count > Vocabulary.MaxId || unknownId < 0 || unknownId >= texts.Count)
            throw json.Error($"a vocabulary of at most {Vocabulary.MaxId} tokens with unk_id among them is expected");
        return new UnigramModel(Vocabulary.FromTexts(texts), [.. scores], unknownId, json.Flag("byte_fallback", false));
    }

    public override void Encode(ReadOnlySpan<char> piece, List<int> ids) => Encode(piece, ids, null);

    public override void Encode(ReadOnlySpan<char> piece, List<int> ids, List<PieceRange>? ranges)
    {
        var nodes = ArrayPool<Node>.Shared.Rent(piece.Length + 1);
        FindBestPath(piece, nodes);
        int count = CollectPath(nodes, piece.Length);
        for (int i = count - 1; i >= 0; i--)
            AddTokens(piece, nodes[i].Start, i > 0 ? nodes[i - 1].Start : piece.Length, nodes[i].Id, ids, ranges);
        ArrayPool<Node>.Shared.Return(nodes);
    }

    private void FindBestPath(ReadOnlySpan<char> piece, Span<Node> nodes)
    {
        nodes[..(piece.Length + 1)].Fill(new Node(-1, 0, 0));
        for (int start = 0; start < piece.Length;)
        {
            int characterLength = char.IsHighSurrogate(piece[start]) ? 2 : 1;
            double score = nodes[start].Score;
            bool hasSingle = false;
            int node = PrefixTrie.Root;
            for (int end = start; end < piece.Length;)
            {
                node = _trie.Step(node, piece[end++]);
                if (node == PrefixTrie.None)
                    break;
                int id = _trie.TokenAt(node);
                if (id == PrefixTrie.None)
                    continue;
                Relax(ref nodes[end], start, score + _scores[id], id);
                hasSingle |= end - start == characterLength;
            }

            if (!hasSingle)
                Relax(ref nodes[start + characterLength], start, score + _unknownScore, _unknownId);
            start += characterLength;
        }
    }

    private static void Relax(ref Node node, int start, double score, int id)
    {
        if (node.Start < 0 || score > node.Score)
            node = new Node(start, score, id);
    }

    // Moves the path to the front of the nodes, last token first, neighbouring unknowns as one.
    private int CollectPath(Span<Node> nodes, int length)
    {
        var path = ArrayPool<Node>.Shared.Rent(length);
        int count = 0;
        for (int end = length; end > 0; end = nodes[end].Start)
        {
            if (nodes[end].Id == _unknownId && count > 0 && path[count - 1].Id == _unknownId)
                path[count - 1] = nodes[end];
            else
                path[count++] = nodes[end];
        }

        path.AsSpan(0, count).CopyTo(nodes);
        ArrayPool<Node>.Shared.Return(path);
        return count;
    }

    private void AddTokens(ReadOnlySpan<char> piece, int start, int end, int id, List<int> ids, List<PieceRange>? ranges)
    {
        var text = piece[start..end];
        if (id == _unknownId && !Vocabulary.TryGetId(text, out id))
        {
            if (TryAddBytes(text, start, ids, ranges))
                return;
            id = _unknownId;
        }

        ids.Add(id);
        ranges?.Add(new PieceRange(start, end));
    }

    private bool TryAddBytes(ReadOnlySpan<char> text, int start, List<int> ids, List<PieceRange>? ranges)
    {
        if (_fallbackIds is null)
            return false;
        byte[] bytes = Encoding.UTF8.GetBytes(text.ToArray());
        if (Array.Exists(bytes, value => _fallbackIds[value] < 0))
            return false;
        var walk = new ByteWalk(text);
        foreach (byte value in bytes)
        {
            ids.Add(_fallbackIds[value]);
            var range = walk.Take(1);
            ranges?.Add(new PieceRange(start + range.Start, start + range.End));
        }

        return true;
    }

    /// <summary>The best way to reach a position: where its last token starts, the score so far, that token.</summary>
    private readonly record struct Node(int Start, double Score, int Id);
}
