using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Tabular;

/// <summary>Makes the tensors that are the same for every run.</summary>
internal static class ConstantInputs
{
    /// <summary>Makes a tensor of the declared shape, every value of it the constant. The caller disposes it.</summary>
    /// <exception cref="ModelLoadException">The tensor has a type that takes no number.</exception>
    internal static ConstantInput Create(InputDescription input, NodeMetadata metadata)
    {
        double value = input.Constant!.Value;
        long[] shape = [.. metadata.Dimensions.Select(size => (long)size)];
        OrtValue tensor = metadata.ElementDataType switch
        {
            TensorElementType.Float => Fill((float)value, shape),
            TensorElementType.Double => Fill(value, shape),
            TensorElementType.Float16 => Fill(new Float16(BitConverter.HalfToUInt16Bits((Half)value)), shape),
            TensorElementType.Int64 => Fill((long)value, shape),
            TensorElementType.Int32 => Fill((int)value, shape),
            TensorElementType.Bool => Fill(value != 0, shape),
            _ => throw new ModelLoadException($"The input {input.Tensor} has the type {metadata.ElementDataType}, which no constant can fill."),
        };
        return new ConstantInput(input.Tensor, tensor);
    }

    private static OrtValue Fill<T>(T value, long[] shape)
        where T : unmanaged
    {
        T[] values = new T[shape.Aggregate(1L, (product, size) => product * size)];
        Array.Fill(values, value);
        return OrtValue.CreateTensorValueFromMemory(values, shape);
    }
}
