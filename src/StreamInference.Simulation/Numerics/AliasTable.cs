namespace StreamInference.Simulation;

/// <summary>Draws an index with given weights in constant time (Walker's alias method, built as by Vose 1991).</summary>
internal sealed class AliasTable
{
    private readonly double[] _threshold;
    private readonly int[] _alias;

    /// <param name="weights">Non-negative, at least one positive; copied.</param>
    public AliasTable(ReadOnlySpan<double> weights)
    {
        int n = weights.Length;
        double total = 0;
        foreach (double weight in weights) total += weight;
        _threshold = new double[n];
        _alias = new int[n];
        Stack<int> small = new(n);
        Stack<int> large = new(n);
        for (int i = 0; i < n; i++)
        {
            _alias[i] = i;
            _threshold[i] = weights[i] * n / total;
            (_threshold[i] < 1 ? small : large).Push(i);
        }

        while (small.Count > 0 && large.Count > 0)
        {
            int under = small.Pop();
            int over = large.Pop();
            _alias[under] = over;
            _threshold[over] -= 1 - _threshold[under];
            (_threshold[over] < 1 ? small : large).Push(over);
        }

        // What is left differs from 1 by rounding only.
        foreach (int i in small) _threshold[i] = 1;
        foreach (int i in large) _threshold[i] = 1;
    }

    public int Draw(ref Xoshiro256 random)
    {
        int column = random.NextInt(_threshold.Length);
        return random.NextDouble() < _threshold[column] ? column : _alias[column];
    }
}
