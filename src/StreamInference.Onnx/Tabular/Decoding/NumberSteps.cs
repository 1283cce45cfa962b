namespace StreamInference.Onnx.Tabular;

/// <summary>The numeric steps of a feature, in double precision.</summary>
internal sealed class NumberSteps
{
    private readonly FeatureTransform[] _steps;

    internal NumberSteps(IEnumerable<FeatureTransform> steps) => _steps = [.. steps];

    internal bool IsEmpty => _steps.Length == 0;

    internal double Apply(double value)
    {
        foreach (FeatureTransform step in _steps) value = Apply(step, value);
        return value;
    }

    /// <summary>A made-up value such as the first step is meant for.</summary>
    internal double Sample(Random random, double scale)
    {
        double normal = scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return (_steps.Length == 0 ? null : _steps[0]) switch
        {
            FeatureTransform.Log1p => Math.Exp(Math.Min(Math.Abs(2 * normal), 20)) - 1,
            FeatureTransform.Standardize s => s.Mean + (s.Std * normal),
            FeatureTransform.MinMax s => s.Min + ((s.Max - s.Min) * random.NextDouble()),
            FeatureTransform.Clip s => s.Min + ((s.Max - s.Min) * random.NextDouble()),
            FeatureTransform.Modulo s => s.By * random.NextDouble(),
            FeatureTransform.Divide s => s.By * normal,
            FeatureTransform.Multiply s when s.By != 0 => normal / s.By,
            _ => normal,
        };
    }

    private static double Apply(FeatureTransform step, double value) => step switch
    {
        FeatureTransform.Log1p => Log1p(value),
        FeatureTransform.Standardize s => (value - s.Mean) / s.Std,
        FeatureTransform.MinMax s => (value - s.Min) / (s.Max - s.Min),
        FeatureTransform.Clip s => Math.Clamp(value, s.Min, s.Max),
        FeatureTransform.Modulo s => Modulo(value, s.By),
        FeatureTransform.Divide s => value / s.By,
        FeatureTransform.Multiply s => value * s.By,
        FeatureTransform.Sine s => Math.Sin(2 * Math.PI * value / s.Period),
        FeatureTransform.Cosine s => Math.Cos(2 * Math.PI * value / s.Period),
        _ => throw new InvalidOperationException($"{step.GetType().Name} is not a numeric step."),
    };

    // ln(1 + x) loses the digits of a small x; W. Kahan's correction brings them back.
    private static double Log1p(double value)
    {
        double sum = 1 + value;
        if (sum == 1) return value;
        double difference = sum - 1;
        return double.IsFinite(sum) ? Math.Log(sum) * (value / difference) : Math.Log(sum);
    }

    private static double Modulo(double value, double by)
    {
        double rest = value % by;
        return rest < 0 ? rest + by : rest;
    }
}
