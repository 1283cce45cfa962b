namespace StreamInference.Llm.Tokenization.Models;

/// <summary>The tokens of a model by text and by id.</summary>
internal sealed class Vocabulary
{
    /// <summary>Ids index arrays, so a hostile file must not choose their size.</summary>
    public const int MaxId = (1 << 24) - 1;

    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    private readonly string?[] _texts;

    private Vocabulary(Dictionary<string, int> ids)
    {
        _ids = ids;
        _idsBySpan = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _texts = new string?[ids.Count == 0 ? 0 : ids.Values.Max() + 1];
        foreach (var (text, id) in ids)
            _texts[id] = text;
    }

    /// <summary>One more than the highest id.</summary>
    public int Size => _texts.Length;

    public IEnumerable<KeyValuePair<string, int>> Entries => _ids;

    public string? TextOf(int id) => (uint)id < (uint)_texts.Length ? _texts[id] : null;

    public bool TryGetId(ReadOnlySpan<char> text, out int id) => _idsBySpan.TryGetValue(text, out id);

    /// <summary>Reads <c>vocab</c> written as an object of text to id.</summary>
    public static Vocabulary Read(JsonCursor json)
    {
        if (!json.IsObject)
            throw json.Error("an object of tokens and ids is expected");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (text, value) in json.Properties())
        {
            int id = value.Integer();
            ids[text] = id is >= 0 and <= MaxId ? id : throw value.Error($"an id must be from 0 to {MaxId}");
        }

        return new Vocabulary(ids);
    }

    public static Vocabulary FromTexts(IReadOnlyList<string> texts)
    {
        var ids = new Dictionary<string, int>(texts.Count, StringComparer.Ordinal);
        for (int i = 0; i < texts.Count; i++)
            ids[texts[i]] = i;
        return new Vocabulary(ids);
    }

    /// <summary>The id of each byte's token, -1 where there is none.</summary>
    /// <param name="name">What the token of a byte is called.</param>
    public int[] ByteIds(Func<byte, string> name)
    {
        var ids = new int[256];
        for (int value = 0; value < 256; value++)
            ids[value] = TryGetId(name((byte)value), out int id) ? id : -1;
        return ids;
    }

    /// <summary>The name of a byte's token under byte fallback: <c>&lt;0x0A&gt;</c>.</summary>
    public static string FallbackName(byte value) => $"<0x{value:X2}>";
}
