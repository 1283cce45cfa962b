using System.Numerics;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Onnx.Vision.Frames;
using StreamInference.Onnx.Vision.Preprocessing;
using StreamInference.Onnx.Vision.Results;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Onnx.Vision.Text;

/// <summary>
/// Reads the text of frames with two models: lines are found, cut out and read. The result has
/// <c>"lines": [{"text", "score", "polygon": [8 numbers]}]</c> in reading order, corners clockwise from where the text begins.
/// </summary>
public sealed class TextModel : IBatchModel
{
    private static readonly JsonEncodedText Lines = JsonEncodedText.Encode("lines"), Text = JsonEncodedText.Encode("text");
    private static readonly JsonEncodedText Score = JsonEncodedText.Encode("score"), Polygon = JsonEncodedText.Encode("polygon");
    private readonly VisionDescription _description;
    private readonly TextSpec _spec;
    private readonly LineDetector _detector;
    private readonly LineRecognizer _recognizer;
    private readonly FrameWorker _worker;
    private readonly List<RotatedBox> _boxes = [];
    private readonly List<TextLine> _lines = [];
    private readonly FrameResultWriter _writer;
    private readonly Utf8JsonWriter _json = new(Stream.Null);

    private TextModel(VisionDescription description, TextSpec spec, LineDetector detector, LineRecognizer recognizer)
    {
        (_description, _spec, _detector, _recognizer) = (description, spec, detector, recognizer);
        Identity = new ModelIdentity(description.Name, description.Version);
        _writer = new FrameResultWriter(Identity);
        // Letters are small: frames are never decoded at a reduced size.
        _worker = new FrameWorker(description, description.Preprocess with { Fit = new(1, 1, FitMode.Stretch), ScaledDecode = false });
    }

    /// <inheritdoc/>
    public ModelIdentity Identity { get; }

    /// <inheritdoc/>
    public int MaxBatchSize => _description.MaxBatchSize;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Sample => SampleFrame.Jpeg;

    /// <summary>Loads both models and checks that they fit together.</summary>
    /// <param name="description">The description, with a <see cref="TextSpec"/>.</param>
    /// <param name="sessions">Makes the sessions.</param>
    /// <exception cref="ModelLoadException">A model cannot be served as described.</exception>
    public static TextModel Load(VisionDescription description, OnnxSessionFactory sessions)
    {
        ArgumentNullException.ThrowIfNull(description);
        ArgumentNullException.ThrowIfNull(sessions);
        if (description.Postprocess is not TextSpec spec) throw new ArgumentException("the description is not of text", nameof(description));
        OnnxSessionOptions options = new() { Providers = description.Providers, Require = description.Require, IntraOpThreads = description.Threads };
        LineDetector detector = new(sessions.Create(description.File, options), description.Preprocess, spec);
        try
        {
            return new(description, spec, detector, new LineRecognizer(sessions.Create(spec.Recognizer, options), spec));
        }
        catch
        {
            detector.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Run(MicroBatch batch, ResultBatch results)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(results);
        foreach (ref readonly var record in batch.Records)
        {
            if (Read(record) is { } error) results.AddFailure(record, error);
            else Write(record, results);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _detector.Dispose();
        _recognizer.Dispose();
        _writer.Dispose();
        _json.Dispose();
    }

    private RecordError? Read(in StreamRecord record)
    {
        if (_worker.Decode(record, fit: null) is { } error) return error;
        try
        {
            _boxes.Clear();
            _detector.Find(_worker.Decoder.Pixels, _boxes);
            _recognizer.Read(_worker.Decoder.Pixels, _boxes, _lines);
            return null;
        }
        catch (OnnxRuntimeException exception)
        {
            return new(RecordErrorCodes.ModelFailed, exception.Message);
        }
    }

    private void Write(in StreamRecord record, ResultBatch results)
    {
        _json.Reset(results);
        _writer.WriteStart(record, _worker.Decoder.SourceWidth, _worker.Decoder.SourceHeight, _json);
        _json.WriteStartArray(Lines);
        foreach (var line in _lines)
            if (line.Score >= _spec.TextThreshold && line.Text.Length > 0) Write(line);
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.Flush();
        results.Add(record);
    }

    private void Write(TextLine line)
    {
        _json.WriteStartObject();
        _json.WriteString(Text, line.Text);
        _json.WriteNumber(Score, MathF.Round(line.Score, 4));
        _json.WriteStartArray(Polygon);
        Write(line.Box.At(0, 0));
        Write(line.Box.At(1, 0));
        Write(line.Box.At(1, 1));
        Write(line.Box.At(0, 1));
        _json.WriteEndArray();
        _json.WriteEndObject();
    }

    private void Write(Vector2 corner)
    {
        _json.WriteNumberValue(MathF.Round(corner.X, 1));
        _json.WriteNumberValue(MathF.Round(corner.Y, 1));
    }
}
