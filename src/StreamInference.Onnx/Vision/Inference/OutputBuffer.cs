using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Vision.Inference;

/// <summary>One output of a model as floats, whatever its element type. Owned by its session.</summary>
internal sealed class OutputBuffer
{
    private readonly TensorElementType _type;
    private readonly int _elementSize;
    private int[] _shape = [];
    private int _elements;
    private float[] _values = [];

    // What ONNX Runtime writes to: the values themselves when they are floats.
    private byte[] _raw = [];

    // The frame whose values are the first ones.
    private int _first;

    public OutputBuffer(string name, TensorElementType type)
    {
        (Name, _type) = (name, type);
        _elementSize = type switch
        {
            TensorElementType.Float or TensorElementType.Int32 => 4,
            TensorElementType.Double or TensorElementType.Int64 => 8,
            TensorElementType.Float16 => 2,
            _ => throw new ModelLoadException($"the output \"{name}\" is of {type}; float32, float16, float64, int32 and int64 are read"),
        };
    }

    public string Name { get; }

    /// <summary>The axes behind the batch axis.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>One frame's values.</summary>
    /// <param name="frame">Its place in the batch.</param>
    public ReadOnlySpan<float> Values(int frame) => _values.AsSpan((frame - _first) * _elements, _elements);

    /// <summary>Takes memory for outputs of a shape that does not change.</summary>
    public void Reserve(int[] shape, int frames)
    {
        SetShape(shape);
        _values = GC.AllocateArray<float>(checked(frames * _elements), pinned: true);
        if (_type != TensorElementType.Float) _raw = GC.AllocateArray<byte>(checked(frames * _elements * _elementSize), pinned: true);
    }

    /// <summary>A tensor over the places of some frames; the caller disposes it.</summary>
    public OrtValue CreateValue(int first, int count)
    {
        nint memory = _type == TensorElementType.Float ? Marshal.UnsafeAddrOfPinnedArrayElement(_values, 0) : Marshal.UnsafeAddrOfPinnedArrayElement(_raw, 0);
        long frame = (long)_elements * _elementSize;
        long[] shape = [count, .. _shape.Select(axis => (long)axis)];
        return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, _type, shape, memory + (nint)(first * frame), count * frame);
    }

    /// <summary>Makes floats of what a run wrote.</summary>
    public void Convert(int first, int count)
    {
        if (_type == TensorElementType.Float) return;
        int from = first * _elements, length = count * _elements;
        Convert(_raw.AsSpan(from * _elementSize, length * _elementSize), _values.AsSpan(from, length));
    }

    /// <summary>Copies outputs whose shape is known only now; false when they are not a row for each frame.</summary>
    public bool TryTake(OrtValue value, int first, int count)
    {
        long[] shape = value.GetTensorTypeAndShape().Shape;
        if (shape.Length == 0 || shape[0] != count) return false;
        SetShape([.. shape.Skip(1).Select(axis => checked((int)axis))]);
        int elements = checked(count * _elements);
        if (_values.Length < elements) _values = new float[elements];
        Convert(value.GetTensorMutableRawData(), _values.AsSpan(0, elements));
        _first = first;
        return true;
    }

    private void SetShape(int[] shape) => (_shape, _elements) = (shape, shape.Aggregate(1, (product, axis) => checked(product * axis)));

    private void Convert(ReadOnlySpan<byte> raw, Span<float> values)
    {
        switch (_type)
        {
            case TensorElementType.Float: MemoryMarshal.Cast<byte, float>(raw).CopyTo(values); break;
            case TensorElementType.Float16: Convert(MemoryMarshal.Cast<byte, Half>(raw), values); break;
            case TensorElementType.Double: Convert(MemoryMarshal.Cast<byte, double>(raw), values); break;
            case TensorElementType.Int32: Convert(MemoryMarshal.Cast<byte, int>(raw), values); break;
            default: Convert(MemoryMarshal.Cast<byte, long>(raw), values); break;
        }
    }

    private static void Convert<T>(ReadOnlySpan<T> from, Span<float> to) where T : System.Numerics.INumberBase<T>
    {
        for (int i = 0; i < from.Length; i++) to[i] = float.CreateTruncating(from[i]);
    }
}

/// <summary>The outputs of one frame of a batch, for the decoders.</summary>
internal sealed class FrameOutputs(OutputBuffer[] buffers) : Postprocessing.IModelOutputs
{
    /// <summary>The frame that is looked at.</summary>
    public int Frame { get; set; }

    public int Count => buffers.Length;

    public ReadOnlySpan<float> Values(int output) => buffers[output].Values(Frame);

    public ReadOnlySpan<int> Shape(int output) => buffers[output].Shape;
}
