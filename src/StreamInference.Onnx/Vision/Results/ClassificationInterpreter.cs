using System.Text.Json;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Onnx.Vision.Postprocessing;
using StreamInference.Onnx.Vision.Preprocessing;
using StreamInference.Records;

namespace StreamInference.Onnx.Vision.Results;

/// <summary>Writes <c>"classes": [{"class_id", "label", "score"}]</c>, the best first.</summary>
internal sealed class ClassificationInterpreter(ClassificationSpec spec, LabelSet labels) : IFrameInterpreter
{
    private static readonly JsonEncodedText Classes = JsonEncodedText.Encode("classes");
    private readonly Classifier _classifier = new(spec.Activation, spec.TopK);

    public string? Check(IModelOutputs outputs)
    {
        int classes = outputs.Values(0).Length;
        return labels.Count == 0 || labels.Count == classes ? null : $"{labels.Count} labels for {classes} classes";
    }

    public RecordError? Write(IModelOutputs outputs, in Placement placement, Utf8JsonWriter json)
    {
        var best = _classifier.Classify(outputs.Values(0));
        json.WriteStartArray(Classes);
        for (int i = 0; i < best.Count; i++)
        {
            if (!float.IsFinite(best[i].Score)) return new(RecordErrorCodes.InvalidOutput, "a class's score is not finite");
            json.WriteStartObject();
            labels.Write(json, best[i].ClassId, best[i].Score);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return null;
    }
}
