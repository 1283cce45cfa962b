using System.Text.Encodings.Web;
using Microsoft.ML.OnnxRuntime;

namespace StreamInference.Onnx.Tabular;

/// <summary>
/// The rows of an output of texts: labels, as classifiers with named classes give them. ONNX Runtime keeps texts in memory of its own; they are taken
/// over after each run, quoted for JSON.
/// </summary>
internal sealed class TextOutput(string name, int width, int capacity, long[] rowShape) : OutputTensor(name, width, rowShape)
{
    // The longest escape of one byte, \u0000.
    private const int LongestEscape = 6;

    private readonly (int Start, int Length)[] _places = new (int, int)[width * capacity];
    private byte[] _bytes = new byte[1024];
    private int _used;

    internal override bool IsPinned => false;

    internal override bool IsFloating => false;

    internal override double Epsilon => 0;

    internal override OutputTensor WithCapacity(int capacity) => new TextOutput(Name, Width, capacity, RowShape);

    /// <summary>A number that is the same for the same text: enough to compare rows.</summary>
    internal override double Value(int row, int column)
    {
        uint hash = 2166136261;
        foreach (byte next in TextAt((row * Width) + column)) hash = (hash ^ next) * 16777619;
        return hash;
    }

    internal override int LongestText(int row, int column) => _places[(row * Width) + column].Length;

    internal override int Write(int row, int column, Span<byte> into)
    {
        ReadOnlySpan<byte> text = TextAt((row * Width) + column);
        text.CopyTo(into);
        return text.Length;
    }

    internal override void Clear() => _used = 0;

    internal override void Take(OrtValue value, int rows)
    {
        _used = 0;
        for (int index = 0; index < rows * Width; index++) Append(index, value.GetStringElementAsSpan(index));
    }

    internal override void CopyRows(OutputTensor source, int from, int to, int count)
    {
        TextOutput other = (TextOutput)source;
        for (int index = 0; index < count * Width; index++)
        {
            ReadOnlySpan<byte> quoted = other.TextAt((from * Width) + index);
            Reserve(quoted.Length);
            quoted.CopyTo(_bytes.AsSpan(_used));
            _places[(to * Width) + index] = (_used, quoted.Length);
            _used += quoted.Length;
        }
    }

    internal override OrtValue CreateValue(int rows) => throw new InvalidOperationException($"ONNX Runtime makes the texts of {Name}.");

    private void Append(int index, ReadOnlySpan<byte> text)
    {
        Reserve((text.Length * LongestEscape) + 2);
        int start = _used;
        _bytes[_used++] = (byte)'"';
        JavaScriptEncoder.UnsafeRelaxedJsonEscaping.EncodeUtf8(text, _bytes.AsSpan(_used), out _, out int written);
        _used += written;
        _bytes[_used++] = (byte)'"';
        _places[index] = (start, _used - start);
    }

    private void Reserve(int length)
    {
        if (_bytes.Length - _used < length) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _used + length));
    }

    private ReadOnlySpan<byte> TextAt(int index) => _bytes.AsSpan(_places[index].Start, _places[index].Length);
}
