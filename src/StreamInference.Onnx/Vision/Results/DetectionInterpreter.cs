using System.Text.Json;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Onnx.Vision.Postprocessing;
using StreamInference.Onnx.Vision.Preprocessing;
using StreamInference.Records;

namespace StreamInference.Onnx.Vision.Results;

/// <summary>Writes <c>"detections": [{"class_id", "label", "score", "box": [left, top, right, bottom]}]</c> in the frame's pixels, the best first.</summary>
internal sealed class DetectionInterpreter(DetectionSpec spec, IDetectionDecoder decoder, LabelSet labels) : IFrameInterpreter
{
    private static readonly JsonEncodedText Detections = JsonEncodedText.Encode("detections"), Box = JsonEncodedText.Encode("box");
    private readonly NonMaximumSuppression _suppression = new();
    private readonly List<Detection> _detections = [];

    public static IDetectionDecoder CreateDecoder(DetectionSpec spec, FrameFit input, int classes) => spec.Detector switch
    {
        DetectorKind.Yolox => new YoloxDecoder(input.Width, input.Height, spec.Strides, spec.Decoded),
        DetectorKind.Yolov8 => new YoloV8Decoder(classes),
        DetectorKind.Nanodet => new NanoDetDecoder(input.Width, input.Height, spec.Strides, classes, spec.CellCentre),
        DetectorKind.Fastestdet => new FastestDetDecoder(input.Width, input.Height),
        DetectorKind.Ultraface => new SsdDecoder(input.Width, input.Height, new(Boxes: 1, Scores: 0), CornerOrder.Xyxy, relative: true, background: 0),
        DetectorKind.Ssd => new SsdDecoder(
            input.Width, input.Height, spec.Listed ? new(0, 1, 2) : new(0, 1), spec.CornersYxyx ? CornerOrder.Yxyx : CornerOrder.Xyxy, spec.Relative, spec.Background),
        _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Detector, "not a detector"),
    };

    public string? Check(IModelOutputs outputs) => decoder.Check(outputs);

    public RecordError? Write(IModelOutputs outputs, in Placement placement, Utf8JsonWriter json)
    {
        Detect(outputs, placement, _detections);
        json.WriteStartArray(Detections);
        foreach (var (classId, score, box) in _detections)
        {
            json.WriteStartObject();
            labels.Write(json, classId, score);
            json.WriteStartArray(Box);
            json.WriteNumberValue(MathF.Round(box.X0, 2));
            json.WriteNumberValue(MathF.Round(box.Y0, 2));
            json.WriteNumberValue(MathF.Round(box.X1, 2));
            json.WriteNumberValue(MathF.Round(box.Y1, 2));
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return null;
    }

    /// <summary>Replaces the list's contents by what is in the frame, in the frame's pixels.</summary>
    private void Detect(IModelOutputs outputs, in Placement placement, List<Detection> detections)
    {
        detections.Clear();
        decoder.Decode(outputs, spec.ScoreThreshold, detections);
        // A raw width can overflow its exponential; such a box is nowhere.
        detections.RemoveAll(static found => !float.IsFinite(found.Score) || !float.IsFinite(found.Box.X0 + found.Box.Y0 + found.Box.X1 + found.Box.Y1));
        _suppression.Apply(detections, spec.NmsThreshold, spec.MaxDetections);
        for (int i = 0; i < detections.Count; i++)
        {
            var box = detections[i].Box;
            box = new(placement.ToSourceX(box.X0), placement.ToSourceY(box.Y0), placement.ToSourceX(box.X1), placement.ToSourceY(box.Y1));
            detections[i] = detections[i] with { Box = spec.Clip ? box.ClipTo(placement.SourceWidth, placement.SourceHeight) : box };
        }
    }
}
