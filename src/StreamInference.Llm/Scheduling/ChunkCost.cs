namespace StreamInference.Llm.Scheduling;

/// <summary>
/// What prompt chunks add to a step: seconds = a * tokens + b * pairs + c * context + d * chunks, none of them negative, fitted to the last steps by
/// least squares that forget (coordinate descent on the normal equations, from the last solution on).
/// </summary>
internal sealed class ChunkCost
{
    private const int Terms = 4;
    private const int Sweeps = 16;
    // Of 30 steps ago a quarter is left: long enough to average noise, short enough for a machine that has changed.
    private const double Forgetting = 0.955;

    private readonly double[] _coefficients = new double[Terms];
    private readonly double[,] _products = new double[Terms, Terms];
    private readonly double[] _targets = new double[Terms];

    /// <summary>Seconds that chunks are expected to add; zero before the first observation.</summary>
    public double Predict(in ChunkWork work)
    {
        double seconds = 0;
        for (int i = 0; i < Terms; i++) seconds += _coefficients[i] * Term(work, i);
        return seconds;
    }

    /// <summary>Learns what chunks did add.</summary>
    public void Observe(in ChunkWork work, double seconds)
    {
        for (int i = 0; i < Terms; i++)
        {
            double term = Term(work, i);
            _targets[i] = Forgetting * _targets[i] + term * seconds;
            for (int j = 0; j < Terms; j++) _products[i, j] = Forgetting * _products[i, j] + term * Term(work, j);
        }
        for (int sweep = 0; sweep < Sweeps; sweep++)
            for (int i = 0; i < Terms; i++) _coefficients[i] = Math.Max(0, Best(i));
    }

    /// <summary>The best coefficient while the others stay.</summary>
    private double Best(int i)
    {
        double rest = _targets[i];
        for (int j = 0; j < Terms; j++)
            if (j != i) rest -= _products[i, j] * _coefficients[j];
        return rest / _products[i, i];
    }

    // In units that make the terms of a usual chunk about one. Tokens come first: what little is known is put down to them, which foresees no bargains.
    private static double Term(in ChunkWork work, int index) => index switch
    {
        0 => work.Tokens / 32.0,
        1 => work.Pairs / 32768.0,
        2 => work.Context / 1024.0,
        _ => work.Chunks,
    };
}
