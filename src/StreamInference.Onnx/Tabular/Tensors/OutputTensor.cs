using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace StreamInference.Onnx.Tabular;

/// <summary>
/// The rows of one output: a pinned buffer that ONNX Runtime writes in place, for as many rows as a batch can have. Owned by the model's loop.
/// </summary>
internal abstract class OutputTensor(string name, int width, long[] rowShape)
{
    /// <summary>The longest text of one value: a double, or a quoted infinity.</summary>
    internal const int LongestValue = 32;

    /// <summary>The tensor's name in the model.</summary>
    internal string Name { get; } = name;

    /// <summary>Values in a row, as seen in a run; a declared shape can lie.</summary>
    internal int Width { get; } = width;

    /// <summary>Whether ONNX Runtime writes into a buffer of ours; false: it makes the tensor, and <see cref="Take"/> takes it over.</summary>
    internal virtual bool IsPinned => true;

    /// <summary>Whether the values can be NaN.</summary>
    internal abstract bool IsFloating { get; }

    /// <summary>The precision of the values, for comparing them.</summary>
    internal abstract double Epsilon { get; }

    internal abstract double Value(int row, int column);

    /// <summary>The bytes of a row, where <see cref="IsPinned"/>.</summary>
    internal virtual ReadOnlySpan<byte> RowBytes(int row) => throw new InvalidOperationException($"{Name} has no bytes of its own.");

    /// <summary>Makes an empty tensor of the same kind for as many rows.</summary>
    internal abstract OutputTensor WithCapacity(int capacity);

    /// <summary>Writes the value as JSON, a number as the shortest text that reads back to the same value of its type.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">The column.</param>
    /// <param name="into">At least <see cref="LongestText"/> bytes.</param>
    /// <returns>The bytes written.</returns>
    internal abstract int Write(int row, int column, Span<byte> into);

    /// <summary>The most bytes that <see cref="Write"/> writes for the value.</summary>
    internal virtual int LongestText(int row, int column) => LongestValue;

    /// <summary>Begins a new batch.</summary>
    internal virtual void Clear()
    {
    }

    /// <summary>Takes over what a run has made.</summary>
    internal virtual void Take(OrtValue value, int rows) => throw new InvalidOperationException($"{Name} is written in place.");

    internal abstract void CopyRows(OutputTensor source, int from, int to, int count);

    internal abstract OrtValue CreateValue(int rows);

    /// <summary>The shape of a row.</summary>
    protected long[] RowShape { get; } = rowShape;

    protected long[] ShapeOf(int rows) => [rows, .. RowShape];

    internal static int WriteDouble(double value, Span<byte> into)
    {
        if (!double.IsFinite(value)) return WriteNonFinite(value, into);
        value.TryFormat(into, out int written, provider: CultureInfo.InvariantCulture);
        return written;
    }

    protected static int WriteNonFinite(double value, Span<byte> into)
    {
        ReadOnlySpan<byte> text = double.IsNaN(value) ? "\"NaN\""u8 : value > 0 ? "\"Infinity\""u8 : "\"-Infinity\""u8;
        text.CopyTo(into);
        return text.Length;
    }
}

internal abstract class PinnedOutput<T>(string name, int width, int capacity, long[] rowShape) : OutputTensor(name, width, rowShape)
    where T : unmanaged
{
    internal T[] Buffer { get; } = GC.AllocateArray<T>(checked(width * capacity), pinned: true);

    internal override void CopyRows(OutputTensor source, int from, int to, int count)
    {
        T[] other = ((PinnedOutput<T>)source).Buffer;
        other.AsSpan(from * Width, count * Width).CopyTo(Buffer.AsSpan(to * Width));
    }

    internal override ReadOnlySpan<byte> RowBytes(int row) => MemoryMarshal.AsBytes(Buffer.AsSpan(row * Width, Width));

    internal override OrtValue CreateValue(int rows) =>
        OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, Buffer.AsMemory(0, rows * Width), ShapeOf(rows));

    protected T At(int row, int column) => Buffer[(row * Width) + column];
}

internal sealed class FloatOutput(string name, int width, int capacity, long[] rowShape) : PinnedOutput<float>(name, width, capacity, rowShape)
{
    internal override OutputTensor WithCapacity(int capacity) => new FloatOutput(Name, Width, capacity, RowShape);

    internal override bool IsFloating => true;

    internal override double Epsilon => 1e-5;

    internal override double Value(int row, int column) => At(row, column);

    internal override int Write(int row, int column, Span<byte> into)
    {
        float value = At(row, column);
        if (!float.IsFinite(value)) return WriteNonFinite(value, into);
        value.TryFormat(into, out int written, provider: CultureInfo.InvariantCulture);
        return written;
    }
}

internal sealed class DoubleOutput(string name, int width, int capacity, long[] rowShape) : PinnedOutput<double>(name, width, capacity, rowShape)
{
    internal override OutputTensor WithCapacity(int capacity) => new DoubleOutput(Name, Width, capacity, RowShape);

    internal override bool IsFloating => true;

    internal override double Epsilon => 1e-9;

    internal override double Value(int row, int column) => At(row, column);

    internal override int Write(int row, int column, Span<byte> into) => WriteDouble(At(row, column), into);
}

internal sealed class HalfOutput(string name, int width, int capacity, long[] rowShape) : PinnedOutput<Float16>(name, width, capacity, rowShape)
{
    internal override OutputTensor WithCapacity(int capacity) => new HalfOutput(Name, Width, capacity, RowShape);

    internal override bool IsFloating => true;

    internal override double Epsilon => 4e-3;

    internal override double Value(int row, int column) => (double)ToHalf(At(row, column));

    internal override int Write(int row, int column, Span<byte> into)
    {
        Half value = ToHalf(At(row, column));
        if (!Half.IsFinite(value)) return WriteNonFinite((double)value, into);
        value.TryFormat(into, out int written, provider: CultureInfo.InvariantCulture);
        return written;
    }

    private static Half ToHalf(Float16 value) => BitConverter.UInt16BitsToHalf(value.value);
}

internal sealed class Int64Output(string name, int width, int capacity, long[] rowShape) : PinnedOutput<long>(name, width, capacity, rowShape)
{
    internal override OutputTensor WithCapacity(int capacity) => new Int64Output(Name, Width, capacity, RowShape);

    internal override bool IsFloating => false;

    internal override double Epsilon => 0;

    internal override double Value(int row, int column) => At(row, column);

    internal override int Write(int row, int column, Span<byte> into)
    {
        Utf8Formatter.TryFormat(At(row, column), into, out int written);
        return written;
    }
}

internal sealed class Int32Output(string name, int width, int capacity, long[] rowShape) : PinnedOutput<int>(name, width, capacity, rowShape)
{
    internal override OutputTensor WithCapacity(int capacity) => new Int32Output(Name, Width, capacity, RowShape);

    internal override bool IsFloating => false;

    internal override double Epsilon => 0;

    internal override double Value(int row, int column) => At(row, column);

    internal override int Write(int row, int column, Span<byte> into)
    {
        Utf8Formatter.TryFormat(At(row, column), into, out int written);
        return written;
    }
}

internal sealed class FlagOutput(string name, int width, int capacity, long[] rowShape) : PinnedOutput<bool>(name, width, capacity, rowShape)
{
    internal override OutputTensor WithCapacity(int capacity) => new FlagOutput(Name, Width, capacity, RowShape);

    internal override bool IsFloating => false;

    internal override double Epsilon => 0;

    internal override double Value(int row, int column) => At(row, column) ? 1 : 0;

    internal override int Write(int row, int column, Span<byte> into)
    {
        ReadOnlySpan<byte> text = At(row, column) ? "true"u8 : "false"u8;
        text.CopyTo(into);
        return text.Length;
    }
}
