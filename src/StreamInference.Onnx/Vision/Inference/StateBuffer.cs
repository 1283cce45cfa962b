using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.States;

namespace StreamInference.Onnx.Vision.Inference;

/// <summary>The memory of one tensor that is carried from frame to frame: what goes in and what comes out, for each place of a batch. Owned by its session.</summary>
internal sealed class StateBuffer
{
    private readonly TensorElementType _type;
    private readonly long[] _rowShape;
    private readonly byte[] _in;
    private readonly byte[] _out;

    public StateBuffer(StateTensor description, InferenceSession session, string name, int capacity)
    {
        (Description, _type, _rowShape) = (description, default, []);
        if (!session.InputMetadata.TryGetValue(description.Input, out NodeMetadata? input)) throw Wrong(name, $"there is no input {description.Input}");
        if (!session.OutputMetadata.TryGetValue(description.Output, out NodeMetadata? output)) throw Wrong(name, $"there is no output {description.Output}");
        _type = input.ElementDataType;
        if (_type is not (TensorElementType.Float or TensorElementType.UInt8 or TensorElementType.Int64)) throw Wrong(name, $"{description.Input} is of {_type}; float32, uint8 and int64 are carried");
        if (output.ElementDataType != _type || !output.Dimensions.AsSpan(1).SequenceEqual(input.Dimensions.AsSpan(1)))
            throw Wrong(name, $"{description.Output} is not of the type and shape of {description.Input}");
        _rowShape = [.. input.Dimensions.Skip(1).Select(axis => (long)axis)];
        if (_rowShape.Any(axis => axis <= 0)) throw Wrong(name, $"the model does not declare the axes of {description.Input}");
        int elementSize = _type switch { TensorElementType.Float => sizeof(float), TensorElementType.Int64 => sizeof(long), _ => 1 };
        RowBytes = checked((int)(_rowShape.Aggregate(1L, (product, axis) => checked(product * axis)) * elementSize));
        _in = GC.AllocateArray<byte>(checked(capacity * RowBytes), pinned: true);
        _out = GC.AllocateArray<byte>(checked(capacity * RowBytes), pinned: true);
        FillInitial();
    }

    public StateTensor Description { get; }

    /// <summary>Bytes of one frame's state.</summary>
    public int RowBytes { get; }

    public Span<byte> In(int frame) => _in.AsSpan(frame * RowBytes, RowBytes);

    public ReadOnlySpan<byte> Out(int frame) => _out.AsSpan(frame * RowBytes, RowBytes);

    public bool IsFinite(int frame)
    {
        if (_type != TensorElementType.Float) return true;
        foreach (float value in MemoryMarshal.Cast<byte, float>(Out(frame)))
            if (!float.IsFinite(value)) return false;
        return true;
    }

    /// <summary>A tensor over the places of some frames; the caller disposes it.</summary>
    public OrtValue CreateIn(int first, int count) => Create(_in, first, count);

    /// <summary>A tensor over the places of some frames; the caller disposes it.</summary>
    public OrtValue CreateOut(int first, int count) => Create(_out, first, count);

    private OrtValue Create(byte[] memory, int first, int count) => OrtValue.CreateTensorValueWithData(
        OrtMemoryInfo.DefaultInstance, _type, [count, .. _rowShape], Marshal.UnsafeAddrOfPinnedArrayElement(memory, first * RowBytes), (long)count * RowBytes);

    private void FillInitial()
    {
        switch (_type)
        {
            case TensorElementType.Float: MemoryMarshal.Cast<byte, float>(_in.AsSpan()).Fill((float)Description.Initial); break;
            case TensorElementType.Int64: MemoryMarshal.Cast<byte, long>(_in.AsSpan()).Fill((long)Description.Initial); break;
            default: _in.AsSpan().Fill((byte)Description.Initial); break;
        }
    }

    private static ModelLoadException Wrong(string name, string why) => new($"state of {name}: {why}.");
}
