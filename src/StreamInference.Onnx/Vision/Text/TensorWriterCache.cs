using StreamInference.Onnx.Vision.Preprocessing;

namespace StreamInference.Onnx.Vision.Text;

/// <summary>Writers and memory for inputs of changing size; uploads of any size must not fill the memory. One thread.</summary>
internal sealed class TensorWriterCache(PreprocessSpec spec, FitMode mode)
{
    private const int MaxWriters = 16;
    private readonly Dictionary<(int Width, int Height), TensorWriter> _writers = [];
    private float[] _tensor = [];

    /// <summary>A writer for inputs of a size.</summary>
    public TensorWriter Writer(int width, int height)
    {
        if (_writers.TryGetValue((width, height), out var writer)) return writer;
        if (_writers.Count >= MaxWriters) _writers.Clear();
        return _writers[(width, height)] = new(spec with { Fit = new FrameFit(width, height, mode) });
    }

    /// <summary>Pinned memory for so many elements; the contents are undefined, and gone with the next call.</summary>
    public Memory<float> Tensor(int elements)
    {
        if (_tensor.Length < elements) _tensor = GC.AllocateUninitializedArray<float>(elements, pinned: true);
        return _tensor.AsMemory(0, elements);
    }
}
