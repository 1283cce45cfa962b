namespace StreamInference.Onnx.Tabular;

/// <summary>A step from a field's value to a feature. Numbers are worked out in double precision and rounded once, to the tensor's type.</summary>
public abstract record FeatureTransform
{
    private FeatureTransform()
    {
    }

    /// <summary>How many columns the step gives: 1, or one for each category.</summary>
    public virtual int Width => 1;

    /// <summary>ln(1 + x).</summary>
    public sealed record Log1p : FeatureTransform;

    /// <summary>(x - mean) / std.</summary>
    public sealed record Standardize(double Mean, double Std) : FeatureTransform;

    /// <summary>(x - min) / (max - min); not cut off.</summary>
    public sealed record MinMax(double Min, double Max) : FeatureTransform;

    /// <summary>The nearest number from min to max.</summary>
    public sealed record Clip(double Min, double Max) : FeatureTransform;

    /// <summary>x mod by, from 0 up to but without by.</summary>
    public sealed record Modulo(double By) : FeatureTransform;

    /// <summary>x / by.</summary>
    public sealed record Divide(double By) : FeatureTransform;

    /// <summary>x × by.</summary>
    public sealed record Multiply(double By) : FeatureTransform;

    /// <summary>sin(2π x / period), for hours and weekdays.</summary>
    public sealed record Sine(double Period) : FeatureTransform;

    /// <summary>cos(2π x / period).</summary>
    public sealed record Cosine(double Period) : FeatureTransform;

    /// <summary>1 for true and 0 for false.</summary>
    public sealed record Boolean : FeatureTransform;

    /// <summary>The category's index in the list.</summary>
    /// <param name="Values">The categories in order.</param>
    /// <param name="Unknown">What a value gets that is not in the list; null: the record is an error.</param>
    public sealed record Ordinal(IReadOnlyList<JsonScalar> Values, double? Unknown) : FeatureTransform;

    /// <summary>A column for each category, 1 in the value's own and 0 in the others.</summary>
    /// <param name="Values">The categories in order.</param>
    /// <param name="UnknownBucket">A last column for values that are not in the list.</param>
    /// <param name="IgnoreUnknown">Zeros for values that are not in the list. Neither: the record is an error.</param>
    public sealed record OneHot(IReadOnlyList<JsonScalar> Values, bool UnknownBucket, bool IgnoreUnknown) : FeatureTransform
    {
        /// <inheritdoc/>
        public override int Width => Values.Count + (UnknownBucket ? 1 : 0);
    }
}
