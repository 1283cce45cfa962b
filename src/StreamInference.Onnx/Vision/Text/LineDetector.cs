using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Vision.Decoding;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Onnx.Vision.Preprocessing;

namespace StreamInference.Onnx.Vision.Text;

/// <summary>The first model: finds the lines of a frame. Takes any size that is a multiple of 32. Owns its session; called by one thread.</summary>
internal sealed class LineDetector : IDisposable
{
    private const int Step = 32;
    private readonly OnnxSession _session;
    private readonly TextSpec _spec;
    private readonly TensorWriterCache _tensors;
    private readonly TextRegionFinder _finder;
    private readonly RunOptions _options = new();

    public LineDetector(OnnxSession session, PreprocessSpec preprocess, TextSpec spec)
    {
        (_session, _spec, _finder) = (session, spec, new(spec));
        _tensors = new(preprocess, FitMode.Stretch);
    }

    /// <summary>Adds the lines in the frame's pixels, in reading order.</summary>
    public void Find(PixelBuffer frame, List<RotatedBox> lines)
    {
        var (width, height) = (Side(frame.Width, frame), Side(frame.Height, frame));
        var writer = _tensors.Writer(width, height);
        var tensor = _tensors.Tensor(writer.Spec.Elements);
        writer.Write(frame, frame.Width, frame.Height, MemoryMarshal.AsBytes(tensor.Span));
        using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, tensor, [1, 3, height, width]);
        using var outputs = _session.Session.Run(_options, [_session.Session.InputNames[0]], [input], [_session.Session.OutputNames[0]]);
        var map = outputs[0].GetTensorDataAsSpan<float>();
        if (map.Length != width * height) throw new ModelLoadException($"the text detector gives {map.Length} values for {width}x{height} pixels; it must give one each");
        _finder.Find(map, width, lines);
        for (int i = 0; i < lines.Count; i++) lines[i] = lines[i].Scale((float)frame.Width / width, (float)frame.Height / height);
        SortForReading(lines);
    }

    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }

    private int Side(int pixels, PixelBuffer frame)
    {
        double scale = Math.Min(1, (double)_spec.MaxSide / Math.Max(frame.Width, frame.Height));
        scale = Math.Max(scale, Math.Min((double)_spec.MinSide / Math.Min(frame.Width, frame.Height), (double)_spec.MaxSide / Math.Max(frame.Width, frame.Height)));
        return Math.Max(Step, (int)Math.Round(pixels * scale / Step) * Step);
    }

    // From top to bottom; boxes whose middles are within half a line of each other stand side by side.
    private static void SortForReading(List<RotatedBox> lines)
    {
        lines.Sort(static (a, b) => a.Middle.Y.CompareTo(b.Middle.Y));
        for (int i = 1; i < lines.Count; i++)
        {
            for (int j = i; j > 0 && SameRow(lines[j - 1], lines[j]) && lines[j].Middle.X < lines[j - 1].Middle.X; j--)
                (lines[j - 1], lines[j]) = (lines[j], lines[j - 1]);
        }
    }

    private static bool SameRow(RotatedBox a, RotatedBox b) => MathF.Abs(a.Middle.Y - b.Middle.Y) < Math.Min(a.Height, b.Height) / 2;
}
