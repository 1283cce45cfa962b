using System.Text.Json;

namespace StreamInference.Onnx.Vision.Results;

/// <summary>The names of classes, encoded once.</summary>
internal sealed class LabelSet(IReadOnlyList<string> labels)
{
    private static readonly JsonEncodedText ClassId = JsonEncodedText.Encode("class_id"), Label = JsonEncodedText.Encode("label"), Score = JsonEncodedText.Encode("score");
    private readonly JsonEncodedText[] _names = [.. labels.Select(label => JsonEncodedText.Encode(label))];

    public int Count => _names.Length;

    /// <summary>Writes class, name and score into the open object; a class without a name has its number only.</summary>
    public void Write(Utf8JsonWriter json, int classId, float score)
    {
        json.WriteNumber(ClassId, classId);
        if ((uint)classId < (uint)_names.Length) json.WriteString(Label, _names[classId]);
        json.WriteNumber(Score, MathF.Round(score, 4));
    }
}
