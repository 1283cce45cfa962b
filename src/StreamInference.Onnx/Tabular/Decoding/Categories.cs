namespace StreamInference.Onnx.Tabular;

/// <summary>Finds the index of a category in a list of texts, numbers and truth values.</summary>
internal sealed class Categories
{
    private readonly Utf8Lookup _texts;
    private readonly int[] _textIndexes;
    private readonly (double Value, int Index)[] _numbers;
    private readonly int _true = -1;
    private readonly int _false = -1;

    internal Categories(IReadOnlyList<JsonScalar> values)
    {
        Count = values.Count;
        (JsonScalar Value, int Index)[] indexed = [.. values.Select((value, index) => (value, index))];
        _texts = new Utf8Lookup([.. values.OfType<JsonScalar.Text>().Select(text => text.Value)]);
        _textIndexes = [.. indexed.Where(item => item.Value is JsonScalar.Text).Select(item => item.Index)];
        _numbers = [.. indexed.Where(item => item.Value is JsonScalar.Number).Select(item => (((JsonScalar.Number)item.Value).Value, item.Index))];
        foreach ((JsonScalar value, int index) in indexed)
        {
            if (value is not JsonScalar.Flag flag) continue;
            if (flag.Value) _true = index;
            else _false = index;
        }
    }

    internal int Count { get; }

    internal bool HasTexts => _textIndexes.Length > 0;

    internal bool HasNumbers => _numbers.Length > 0;

    internal bool HasFlags => _true >= 0 || _false >= 0;

    internal int Find(ReadOnlySpan<byte> text)
    {
        int found = _texts.Find(text);
        return found < 0 ? -1 : _textIndexes[found];
    }

    internal int Find(double number)
    {
        foreach ((double value, int index) in _numbers)
            if (value == number) return index;
        return -1;
    }

    internal int Find(bool flag) => flag ? _true : _false;
}
