using StreamInference.Llm.Tokenization.AddedTokens;
using StreamInference.Llm.Tokenization.Models;

namespace StreamInference.Llm.Tokenization;

/// <summary>All tokens by id, the model's and the added ones.</summary>
internal sealed class TokenTable
{
    private readonly string?[] _texts;
    private readonly bool[] _isSpecial;
    private readonly bool[] _isSkipped;
    private readonly Dictionary<string, int> _added = new(StringComparer.Ordinal);
    private readonly Vocabulary _vocabulary;

    public TokenTable(Vocabulary vocabulary, IReadOnlyList<AddedToken> added)
    {
        _vocabulary = vocabulary;
        int size = Math.Max(vocabulary.Size, added.Count == 0 ? 0 : added.Max(t => t.Id) + 1);
        _texts = new string?[size];
        _isSpecial = new bool[size];
        _isSkipped = new bool[size];
        for (int id = 0; id < vocabulary.Size; id++)
            _texts[id] = vocabulary.TextOf(id);
        foreach (var token in added)
        {
            // The reference implementation (0.23) decodes an added token to what it searches for and, when that is not the
            // content, no longer knows the token as special.
            _texts[token.Id] = token.Pattern;
            _isSpecial[token.Id] = token.Special;
            _isSkipped[token.Id] = token.Special && token.Pattern == token.Content;
            _added[token.Content] = token.Id;
        }
    }

    public int Size => _texts.Length;

    public string? TextOf(int id) => (uint)id < (uint)_texts.Length ? _texts[id] : null;

    public bool IsSpecial(int id) => (uint)id < (uint)_isSpecial.Length && _isSpecial[id];

    /// <summary>Whether decoding without special tokens leaves this one out.</summary>
    public bool IsSkipped(int id) => (uint)id < (uint)_isSkipped.Length && _isSkipped[id];

    public int? IdOf(string text)
    {
        if (_added.TryGetValue(text, out int id) || _vocabulary.TryGetId(text, out id))
            return id;
        return null;
    }
}
