using Microsoft.ML.OnnxRuntime.Tensors;

namespace StreamInference.Onnx.Tabular;

/// <summary>Makes the buffer that fits an element type.</summary>
internal static class TensorFactory
{
    /// <summary>Makes an input; null when records cannot fill that type.</summary>
    internal static InputTensor? Input(TensorElementType type, string name, int width, int capacity, long[] rowShape) => type switch
    {
        TensorElementType.Float => new FloatTensor(name, width, capacity, rowShape),
        TensorElementType.Double => new DoubleTensor(name, width, capacity, rowShape),
        TensorElementType.Float16 => new HalfTensor(name, width, capacity, rowShape),
        TensorElementType.Int64 => new Int64Tensor(name, width, capacity, rowShape),
        TensorElementType.Int32 => new Int32Tensor(name, width, capacity, rowShape),
        TensorElementType.Bool => new FlagTensor(name, width, capacity, rowShape),
        TensorElementType.String => new TextTensor(name, width, capacity, rowShape),
        _ => null,
    };

    /// <summary>Makes an output; null when results cannot hold that type.</summary>
    internal static OutputTensor? Output(TensorElementType type, string name, int width, int capacity, long[] rowShape) => type switch
    {
        TensorElementType.Float => new FloatOutput(name, width, capacity, rowShape),
        TensorElementType.Double => new DoubleOutput(name, width, capacity, rowShape),
        TensorElementType.Float16 => new HalfOutput(name, width, capacity, rowShape),
        TensorElementType.Int64 => new Int64Output(name, width, capacity, rowShape),
        TensorElementType.Int32 => new Int32Output(name, width, capacity, rowShape),
        TensorElementType.Bool => new FlagOutput(name, width, capacity, rowShape),
        TensorElementType.String => new TextOutput(name, width, capacity, rowShape),
        _ => null,
    };
}
