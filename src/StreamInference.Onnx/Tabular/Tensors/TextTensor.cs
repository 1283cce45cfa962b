using Microsoft.ML.OnnxRuntime;

namespace StreamInference.Onnx.Tabular;

/// <summary>
/// A tensor of texts. ONNX Runtime keeps texts in memory of its own, so they wait here, end to end in one buffer, until the batch's tensor is
/// made.
/// </summary>
internal sealed class TextTensor(string name, int width, int capacity, long[] rowShape) : InputTensor(name, width, capacity, rowShape)
{
    private readonly (int Start, int Length)[] _places = new (int, int)[width * capacity];
    private byte[] _bytes = new byte[1024];
    private int _used;

    internal override bool IsPinned => false;

    internal override InputTensor WithCapacity(int capacity) => new TextTensor(Name, Width, capacity, RowShape);

    internal override void Clear() => _used = 0;

    internal override FeatureOutcome Set(int row, int column, in JsonNumber number) => FeatureOutcome.WrongType;

    internal override FeatureOutcome Set(int row, int column, double value) => FeatureOutcome.WrongType;

    internal override FeatureOutcome SetMissing(int row, int column, double value) => FeatureOutcome.WrongType;

    internal override FeatureOutcome Set(int row, int column, ReadOnlySpan<byte> text)
    {
        if (_bytes.Length - _used < text.Length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _used + text.Length));
        text.CopyTo(_bytes.AsSpan(_used));
        _places[(row * Width) + column] = (_used, text.Length);
        _used += text.Length;
        return FeatureOutcome.Ok;
    }

    internal override void CopyRows(InputTensor source, int from, int to, int count)
    {
        TextTensor other = (TextTensor)source;
        for (int index = 0; index < count * Width; index++)
            Set(to + (index / Width), index % Width, other.TextAt((from * Width) + index));
    }

    internal override OrtValue CreateValue(int rows)
    {
        OrtValue value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, ShapeOf(rows));
        for (int index = 0; index < rows * Width; index++) value.StringTensorSetElementAt(TextAt(index), index);
        return value;
    }

    private ReadOnlySpan<byte> TextAt(int index) => _bytes.AsSpan(_places[index].Start, _places[index].Length);
}
