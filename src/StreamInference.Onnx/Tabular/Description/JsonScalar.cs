using System.Globalization;

namespace StreamInference.Onnx.Tabular;

/// <summary>A single JSON value that a description names: a category, or what stands in for a missing field.</summary>
public abstract record JsonScalar
{
    private JsonScalar()
    {
    }

    /// <summary>A text.</summary>
    /// <param name="Value">The text, without quotes.</param>
    public sealed record Text(string Value) : JsonScalar
    {
        /// <inheritdoc/>
        public override string ToString() => $"\"{Value}\"";
    }

    /// <summary>A number; NaN is allowed for models that know what to do with it.</summary>
    /// <param name="Value">The number.</param>
    public sealed record Number(double Value) : JsonScalar
    {
        /// <inheritdoc/>
        public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>True or false.</summary>
    /// <param name="Value">The value.</param>
    public sealed record Flag(bool Value) : JsonScalar
    {
        /// <inheritdoc/>
        public override string ToString() => Value ? "true" : "false";
    }
}
