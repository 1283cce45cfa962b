using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Vision.Decoding;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Onnx.Vision.Preprocessing;

namespace StreamInference.Onnx.Vision.Text;

/// <summary>A line that was read.</summary>
/// <param name="Text">Its text; empty when nothing was read.</param>
/// <param name="Score">Mean probability of its characters.</param>
/// <param name="Box">Where it is, in the frame's pixels.</param>
internal readonly record struct TextLine(string Text, float Score, RotatedBox Box);

/// <summary>
/// The second model: reads lines of a fixed height and any width, several of similar width in one run. Owns its session; called by one thread.
/// </summary>
internal sealed class LineRecognizer : IDisposable
{
    // Narrower inputs are rare in the training of these models.
    private const int LeastWidth = 320;
    private const int MostWidth = 3200;
    private const int WidthStep = 32;
    private readonly OnnxSession _session;
    private readonly TextSpec _spec;
    private readonly CtcDecoder _decoder;
    private readonly TensorWriterCache _tensors;
    private readonly PixelBuffer _crop = new();
    private readonly RunOptions _options = new();
    private readonly List<int> _order = [];

    public LineRecognizer(OnnxSession session, TextSpec spec)
    {
        (_session, _spec, _decoder) = (session, spec, new(spec.Characters));
        // (v / 255 - 0.5) / 0.5, and the space behind a line is 0.
        PreprocessSpec preprocess = new() { Fit = new(LeastWidth, spec.LineHeight, FitMode.Letterbox), Colour = ColourOrder.Bgr, Mean = [127.5f, 127.5f, 127.5f], Std = [127.5f, 127.5f, 127.5f], Pad = 127.5f };
        _tensors = new(preprocess, FitMode.Letterbox);
        Check();
    }

    /// <summary>Reads lines of a frame; the results are in the order of the boxes.</summary>
    public void Read(PixelBuffer frame, List<RotatedBox> boxes, List<TextLine> lines)
    {
        lines.Clear();
        _order.Clear();
        for (int i = 0; i < boxes.Count; i++)
        {
            lines.Add(default);
            _order.Add(i);
        }

        // Lines of similar width share a run, so that little of it is padding.
        _order.Sort((a, b) => (boxes[a].Width / boxes[a].Height).CompareTo(boxes[b].Width / boxes[b].Height));
        for (int from = 0; from < _order.Count; from += _spec.RecognizerBatch)
            ReadSome(frame, boxes, CollectionsMarshal.AsSpan(_order).Slice(from, Math.Min(_spec.RecognizerBatch, _order.Count - from)), lines);
    }

    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }

    private void ReadSome(PixelBuffer frame, List<RotatedBox> boxes, ReadOnlySpan<int> some, List<TextLine> lines)
    {
        var widest = boxes[some[^1]];
        int width = Math.Clamp((int)MathF.Ceiling(_spec.LineHeight * widest.Width / widest.Height / WidthStep) * WidthStep, LeastWidth, MostWidth);
        var writer = _tensors.Writer(width, _spec.LineHeight);
        int elements = writer.Spec.Elements;
        var tensor = _tensors.Tensor(some.Length * elements);
        for (int i = 0; i < some.Length; i++)
        {
            LineCropper.Crop(frame, boxes[some[i]], _crop);
            writer.Write(_crop, _crop.Width, _crop.Height, MemoryMarshal.AsBytes(tensor.Span.Slice(i * elements, elements)));
        }

        using var outputs = Run(tensor, some.Length, width);
        var values = outputs[0].GetTensorDataAsSpan<float>();
        int perLine = values.Length / some.Length;
        for (int i = 0; i < some.Length; i++)
        {
            var (text, score) = _decoder.Decode(values.Slice(i * perLine, perLine));
            lines[some[i]] = new(text, score, boxes[some[i]]);
        }
    }

    private IDisposableReadOnlyCollection<OrtValue> Run(Memory<float> tensor, int lines, int width)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, tensor, [lines, 3, _spec.LineHeight, width]);
        return _session.Session.Run(_options, [_session.Session.InputNames[0]], [input], [_session.Session.OutputNames[0]]);
    }

    private void Check()
    {
        var tensor = _tensors.Tensor(3 * _spec.LineHeight * LeastWidth);
        tensor.Span.Clear();
        using var outputs = Run(tensor, 1, LeastWidth);
        long[] shape = outputs[0].GetTensorTypeAndShape().Shape;
        if (shape.Length != 3 || shape[2] != _decoder.Classes)
            throw new ModelLoadException($"the recognizer's output has the shape [{string.Join(", ", shape)}]; {_spec.Characters.Count} characters, a blank and the space take [1, steps, {_decoder.Classes}]");
    }
}
