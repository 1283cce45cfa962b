using System.Text;
using System.Text.Json.Nodes;

namespace StreamInference.Onnx.Tabular;

/// <summary>Writes a record such as a description reads: with every field, each of a likely value. The same at every start.</summary>
internal static class SampleRecord
{
    private const string Text = "sample";

    internal static byte[] Create(RecordLayout layout)
    {
        Random random = new(20_240_229);
        JsonObject root = [];
        for (int field = 0; field < layout.Fields.Length; field++)
        {
            FieldPlan plan = layout.Plans[field];
            Put(root, FieldPattern.Segments(layout.Fields[field])!, plan.FeatureCount > 0 ? layout.Features[plan.FirstFeature].SampleField(random) : Text);
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    // A pointer's number may be a member's name as well as a place in an array, so objects do for all.
    private static void Put(JsonObject root, string[] path, JsonNode value)
    {
        JsonObject parent = root;
        foreach (string name in path.AsSpan(0, path.Length - 1))
        {
            if (parent[name] is not JsonObject child) parent[name] = child = [];
            parent = child;
        }

        // A field that has fields below it stays an object.
        parent.TryAdd(path[^1], value);
    }
}
