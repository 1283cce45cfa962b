using System.Text.Json;
using System.Text.Unicode;
using StreamInference.Onnx.Vision.Frames;
using StreamInference.Onnx.Vision.Postprocessing;
using StreamInference.Onnx.Vision.Preprocessing;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Onnx.Vision.Results;

/// <summary>
/// Writes one frame's result: <c>{"camera", "frame", "timestamp", "width", "height", "model", "version", …}</c> and what the
/// interpreter adds. The camera is the
/// header of that name, else the key; frame and timestamp are there when the record has them. Called by the model's thread.
/// </summary>
internal sealed class FrameResultWriter(ModelIdentity model) : IDisposable
{
    private static readonly JsonEncodedText Camera = JsonEncodedText.Encode("camera"), Frame = JsonEncodedText.Encode("frame");
    private static readonly JsonEncodedText Timestamp = JsonEncodedText.Encode("timestamp"), Width = JsonEncodedText.Encode("width"), Height = JsonEncodedText.Encode("height");
    private static readonly JsonEncodedText Model = JsonEncodedText.Encode("model"), Version = JsonEncodedText.Encode("version");
    private readonly JsonEncodedText _modelName = JsonEncodedText.Encode(model.Name);
    private readonly Utf8JsonWriter _json = new(Stream.Null);

    /// <summary>Adds the result, or the failure, of one record.</summary>
    /// <returns>Whether there is a result.</returns>
    public bool Write(in StreamRecord record, in Placement placement, IModelOutputs outputs, IFrameInterpreter interpreter, ResultBatch results)
    {
        _json.Reset(results);
        WriteStart(record, placement.SourceWidth, placement.SourceHeight, _json);
        if (interpreter.Write(outputs, placement, _json) is { } error)
        {
            _json.Reset(Stream.Null);
            results.AddFailure(record, error);
            return false;
        }

        _json.WriteEndObject();
        _json.Flush();
        results.Add(record);
        return true;
    }

    /// <summary>Opens the object and writes what every result has.</summary>
    public void WriteStart(in StreamRecord record, int width, int height, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        ReadOnlySpan<byte> camera = record.TryGetHeader(FrameHeaders.Camera, out var named) ? named : record.Key;
        if (!camera.IsEmpty && Utf8.IsValid(camera)) json.WriteString(Camera, camera);
        if (FrameHeaders.TryGetNumber(record, FrameHeaders.Frame, out long frame)) json.WriteNumber(Frame, frame);
        if (FrameHeaders.TryGetNumber(record, FrameHeaders.Timestamp, out long taken)) json.WriteNumber(Timestamp, taken);
        else if (record.Timestamp >= 0) json.WriteNumber(Timestamp, record.Timestamp);
        json.WriteNumber(Width, width);
        json.WriteNumber(Height, height);
        json.WriteString(Model, _modelName);
        json.WriteNumber(Version, model.Version);
    }

    public void Dispose() => _json.Dispose();
}
