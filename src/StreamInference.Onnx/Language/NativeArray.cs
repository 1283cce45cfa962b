using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace StreamInference.Onnx.Language;

/// <summary>Native memory of one element type that tensors are laid over; it does not move, so bindings stay valid.</summary>
internal sealed unsafe class NativeArray<T> : IDisposable
    where T : unmanaged
{
    private const int Alignment = 64;

    public NativeArray(long length)
    {
        Length = length;
        Pointer = (T*)NativeMemory.AlignedAlloc((nuint)(Math.Max(1, length) * sizeof(T)), Alignment);
    }

    public T* Pointer { get; private set; }

    public long Length { get; }

    public ref T this[long index] => ref Pointer[index];

    public Span<T> Span(long start, int length) => new(Pointer + start, length);

    /// <summary>A tensor over the first elements. The caller disposes it before this array.</summary>
    public OrtValue Tensor(params long[] shape) => NativeTensor.Over(Pointer, NativeTensor.TypeOf<T>(), sizeof(T), shape);

    public void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}

/// <summary>Tensors over memory that is not theirs.</summary>
internal static unsafe class NativeTensor
{
    public static OrtValue Over(void* pointer, TensorElementType type, int elementBytes, params long[] shape)
    {
        long count = 1;
        foreach (long dimension in shape) count = checked(count * dimension);
        return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, (IntPtr)pointer, count * elementBytes);
    }

    public static TensorElementType TypeOf<T>() => typeof(T) switch
    {
        Type t when t == typeof(long) => TensorElementType.Int64,
        Type t when t == typeof(int) => TensorElementType.Int32,
        Type t when t == typeof(float) => TensorElementType.Float,
        _ => throw new NotSupportedException($"No tensor of {typeof(T)} is needed."),
    };

    public static int SizeOf(TensorElementType type) => type switch
    {
        TensorElementType.Float => 4,
        TensorElementType.Float16 or TensorElementType.BFloat16 => 2,
        TensorElementType.Int8 or TensorElementType.UInt8 => 1,
        _ => throw new NotSupportedException($"Keys and values of {type} are not supported."),
    };
}
