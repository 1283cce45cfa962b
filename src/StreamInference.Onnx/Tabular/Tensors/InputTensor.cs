using Microsoft.ML.OnnxRuntime;

namespace StreamInference.Onnx.Tabular;

/// <summary>What became of a value on its way into a tensor.</summary>
internal enum FeatureOutcome
{
    Ok,
    Missing,
    WrongType,
    NotWhole,
    NotFinite,
    UnknownCategory,
}

/// <summary>
/// The rows of one input: a buffer for as many rows as a batch can have, filled row by row. Owned by the model's loop.
/// </summary>
internal abstract class InputTensor(string name, int width, int capacity, long[] rowShape)
{
    /// <summary>The tensor's name in the model.</summary>
    internal string Name { get; } = name;

    /// <summary>Values in a row.</summary>
    internal int Width { get; } = width;

    /// <summary>Rows that fit.</summary>
    internal int Capacity { get; } = capacity;

    /// <summary>Whether the same <see cref="OrtValue"/> serves every batch of as many rows; false: it is made anew for each batch.</summary>
    internal virtual bool IsPinned => true;

    /// <summary>Begins a new batch.</summary>
    internal virtual void Clear()
    {
    }

    /// <summary>Writes a number of the record, rounded once to the tensor's type.</summary>
    internal abstract FeatureOutcome Set(int row, int column, in JsonNumber number);

    /// <summary>Makes an empty tensor of the same kind for as many rows.</summary>
    internal abstract InputTensor WithCapacity(int capacity);

    /// <summary>Writes a number that a transform gave.</summary>
    internal abstract FeatureOutcome Set(int row, int column, double value);

    /// <summary>Writes a truth value.</summary>
    internal virtual FeatureOutcome Set(int row, int column, bool value) => FeatureOutcome.WrongType;

    /// <summary>Writes a text in UTF-8.</summary>
    internal virtual FeatureOutcome Set(int row, int column, ReadOnlySpan<byte> text) => FeatureOutcome.WrongType;

    /// <summary>Writes what stands in for a missing number; NaN is allowed here.</summary>
    internal abstract FeatureOutcome SetMissing(int row, int column, double value);

    /// <summary>The bytes of a row, where <see cref="IsPinned"/>.</summary>
    internal virtual Span<byte> RowBytes(int row) => throw new InvalidOperationException($"{Name} has no bytes of its own.");

    /// <summary>Reads a number back.</summary>
    internal virtual double Value(int row, int column) => throw new InvalidOperationException($"{Name} holds no numbers.");

    /// <summary>Copies rows from a tensor of the same kind.</summary>
    internal abstract void CopyRows(InputTensor source, int from, int to, int count);

    /// <summary>Makes the tensor of the first <paramref name="rows"/> rows. The caller disposes it before this buffer goes.</summary>
    internal abstract OrtValue CreateValue(int rows);

    /// <summary>The shape of a row.</summary>
    protected long[] RowShape { get; } = rowShape;

    /// <summary>The tensor's shape for <paramref name="rows"/> rows.</summary>
    protected long[] ShapeOf(int rows) => [rows, .. RowShape];
}
