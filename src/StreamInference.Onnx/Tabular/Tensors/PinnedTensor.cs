using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace StreamInference.Onnx.Tabular;

/// <summary>A tensor over a pinned array, which ONNX Runtime reads in place.</summary>
internal abstract class PinnedTensor<T>(string name, int width, int capacity, long[] rowShape) : InputTensor(name, width, capacity, rowShape)
    where T : unmanaged
{
    internal T[] Buffer { get; } = GC.AllocateArray<T>(checked(width * capacity), pinned: true);

    internal override void CopyRows(InputTensor source, int from, int to, int count)
    {
        T[] other = ((PinnedTensor<T>)source).Buffer;
        other.AsSpan(from * Width, count * Width).CopyTo(Buffer.AsSpan(to * Width));
    }

    internal override Span<byte> RowBytes(int row) => MemoryMarshal.AsBytes(Buffer.AsSpan(row * Width, Width));

    internal override OrtValue CreateValue(int rows) =>
        OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, Buffer.AsMemory(0, rows * Width), ShapeOf(rows));

    protected ref T At(int row, int column) => ref Buffer[(row * Width) + column];
}

internal sealed class FloatTensor(string name, int width, int capacity, long[] rowShape) : PinnedTensor<float>(name, width, capacity, rowShape)
{
    internal override InputTensor WithCapacity(int capacity) => new FloatTensor(Name, Width, capacity, RowShape);

    internal override double Value(int row, int column) => At(row, column);

    internal override FeatureOutcome Set(int row, int column, in JsonNumber number) => Store(row, column, number.ToSingle());

    internal override FeatureOutcome Set(int row, int column, double value) => Store(row, column, (float)value);

    internal override FeatureOutcome SetMissing(int row, int column, double value)
    {
        At(row, column) = (float)value;
        return FeatureOutcome.Ok;
    }

    private FeatureOutcome Store(int row, int column, float value)
    {
        At(row, column) = value;
        return float.IsFinite(value) ? FeatureOutcome.Ok : FeatureOutcome.NotFinite;
    }
}

internal sealed class DoubleTensor(string name, int width, int capacity, long[] rowShape) : PinnedTensor<double>(name, width, capacity, rowShape)
{
    internal override InputTensor WithCapacity(int capacity) => new DoubleTensor(Name, Width, capacity, RowShape);

    internal override double Value(int row, int column) => At(row, column);

    internal override FeatureOutcome Set(int row, int column, in JsonNumber number) => Set(row, column, number.ToDouble());

    internal override FeatureOutcome Set(int row, int column, double value)
    {
        At(row, column) = value;
        return double.IsFinite(value) ? FeatureOutcome.Ok : FeatureOutcome.NotFinite;
    }

    internal override FeatureOutcome SetMissing(int row, int column, double value)
    {
        At(row, column) = value;
        return FeatureOutcome.Ok;
    }
}

internal sealed class HalfTensor(string name, int width, int capacity, long[] rowShape) : PinnedTensor<Float16>(name, width, capacity, rowShape)
{
    internal override InputTensor WithCapacity(int capacity) => new HalfTensor(Name, Width, capacity, RowShape);

    internal override double Value(int row, int column) => (double)BitConverter.UInt16BitsToHalf(At(row, column).value);

    internal override FeatureOutcome Set(int row, int column, in JsonNumber number) => Set(row, column, number.ToDouble());

    internal override FeatureOutcome Set(int row, int column, double value)
    {
        // Straight from double: by way of float the last bit can differ.
        Half half = (Half)value;
        At(row, column) = new Float16(BitConverter.HalfToUInt16Bits(half));
        return Half.IsFinite(half) ? FeatureOutcome.Ok : FeatureOutcome.NotFinite;
    }

    internal override FeatureOutcome SetMissing(int row, int column, double value)
    {
        Set(row, column, value);
        return FeatureOutcome.Ok;
    }
}

internal sealed class Int64Tensor(string name, int width, int capacity, long[] rowShape) : PinnedTensor<long>(name, width, capacity, rowShape)
{
    internal override InputTensor WithCapacity(int capacity) => new Int64Tensor(Name, Width, capacity, RowShape);

    internal override double Value(int row, int column) => At(row, column);

    internal override FeatureOutcome Set(int row, int column, in JsonNumber number) =>
        number.TryToInt64(out At(row, column)) ? FeatureOutcome.Ok : FeatureOutcome.NotWhole;

    internal override FeatureOutcome Set(int row, int column, double value)
    {
        if (!double.IsFinite(value)) return FeatureOutcome.NotFinite;
        if (value != Math.Floor(value) || value is < long.MinValue or >= long.MaxValue) return FeatureOutcome.NotWhole;
        At(row, column) = (long)value;
        return FeatureOutcome.Ok;
    }

    internal override FeatureOutcome SetMissing(int row, int column, double value) => Set(row, column, value);
}

internal sealed class Int32Tensor(string name, int width, int capacity, long[] rowShape) : PinnedTensor<int>(name, width, capacity, rowShape)
{
    internal override InputTensor WithCapacity(int capacity) => new Int32Tensor(Name, Width, capacity, RowShape);

    internal override double Value(int row, int column) => At(row, column);

    internal override FeatureOutcome Set(int row, int column, in JsonNumber number)
    {
        if (!number.TryToInt64(out long value) || value is < int.MinValue or > int.MaxValue) return FeatureOutcome.NotWhole;
        At(row, column) = (int)value;
        return FeatureOutcome.Ok;
    }

    internal override FeatureOutcome Set(int row, int column, double value)
    {
        if (!double.IsFinite(value)) return FeatureOutcome.NotFinite;
        if (value != Math.Floor(value) || value is < int.MinValue or > int.MaxValue) return FeatureOutcome.NotWhole;
        At(row, column) = (int)value;
        return FeatureOutcome.Ok;
    }

    internal override FeatureOutcome SetMissing(int row, int column, double value) => Set(row, column, value);
}

internal sealed class FlagTensor(string name, int width, int capacity, long[] rowShape) : PinnedTensor<bool>(name, width, capacity, rowShape)
{
    internal override InputTensor WithCapacity(int capacity) => new FlagTensor(Name, Width, capacity, RowShape);

    internal override FeatureOutcome Set(int row, int column, in JsonNumber number) => FeatureOutcome.WrongType;

    internal override FeatureOutcome Set(int row, int column, double value)
    {
        At(row, column) = value != 0;
        return value is 0 or 1 ? FeatureOutcome.Ok : FeatureOutcome.NotWhole;
    }

    internal override FeatureOutcome Set(int row, int column, bool value)
    {
        At(row, column) = value;
        return FeatureOutcome.Ok;
    }

    internal override FeatureOutcome SetMissing(int row, int column, double value) => Set(row, column, value);
}
