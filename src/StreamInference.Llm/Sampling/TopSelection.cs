namespace StreamInference.Llm.Sampling;

/// <summary>The k largest of a row, by a heap of k: one pass, no allocation after the first use.</summary>
internal sealed class TopSelection
{
    private int[] _ids = new int[64];
    private float[] _values = new float[64];

    public int Count { get; private set; }

    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    public ReadOnlySpan<float> Values => _values.AsSpan(0, Count);

    /// <summary>The k-th largest value, or negative infinity when k reaches the whole row.</summary>
    public float Threshold(ReadOnlySpan<float> row, int k)
    {
        if (k >= row.Length) return float.NegativeInfinity;
        Fill(row, k);
        return _values[0];
    }

    /// <summary>Selects the k largest, best first, the lower id first among equals.</summary>
    public void Select(ReadOnlySpan<float> row, int k)
    {
        Fill(row, Math.Min(k, row.Length));
        for (int end = Count - 1; end > 0; end--)
        {
            Swap(0, end);
            SiftDown(0, end);
        }
    }

    private void Fill(ReadOnlySpan<float> row, int k)
    {
        if (_ids.Length < k)
        {
            _ids = new int[k];
            _values = new float[k];
        }
        Count = k;
        if (k == 0) return;
        for (int i = 0; i < k; i++) (_ids[i], _values[i]) = (i, row[i]);
        for (int i = k / 2 - 1; i >= 0; i--) SiftDown(i, k);
        for (int i = k; i < row.Length; i++)
        {
            if (!(row[i] > _values[0])) continue;
            (_ids[0], _values[0]) = (i, row[i]);
            SiftDown(0, k);
        }
    }

    // The root is the worst of the k: the smallest value, the highest id among equals.
    private bool Worse(int a, int b) => _values[a] < _values[b] || (_values[a] == _values[b] && _ids[a] > _ids[b]);

    private void SiftDown(int at, int count)
    {
        while (true)
        {
            int child = 2 * at + 1;
            if (child >= count) return;
            if (child + 1 < count && Worse(child + 1, child)) child++;
            if (!Worse(child, at)) return;
            Swap(child, at);
            at = child;
        }
    }

    private void Swap(int a, int b)
    {
        (_ids[a], _ids[b]) = (_ids[b], _ids[a]);
        (_values[a], _values[b]) = (_values[b], _values[a]);
    }
}
