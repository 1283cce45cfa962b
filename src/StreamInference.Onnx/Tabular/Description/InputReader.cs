using StreamInference.Onnx.Descriptions;
using YamlDotNet.RepresentationModel;

namespace StreamInference.Onnx.Tabular;

/// <summary>Reads <c>inputs</c>: tensors with features, tensors with a list of plain fields, a tensor for each column, constants.</summary>
internal sealed class InputReader(DescriptionErrors errors)
{
    internal IReadOnlyList<InputDescription> Read(YamlMap model)
    {
        List<InputDescription> inputs = [];
        foreach (YamlMap map in model.Maps("inputs"))
        {
            map.Allow([.. DescriptionKeys.Input, .. TransformReader.InlineParameters(map)]);
            if (map.Has("columns")) inputs.AddRange(Columns(map));
            else inputs.Add(Tensor(map));
        }

        foreach (IGrouping<string, InputDescription> twice in inputs.GroupBy(input => input.Tensor).Where(group => group.Count() > 1))
            model.Error("inputs", $"fill the tensor {twice.Key} twice");
        return inputs;
    }

    private InputDescription Tensor(YamlMap map)
    {
        string[] kinds = [.. new[] { "features", "fields", "constant" }.Where(map.Has)];
        if (kinds.Length != 1) map.Error("tensor", "needs exactly one of features, fields and constant");
        List<FeatureDescription> features = map.Has("fields") ? [.. Fields(map, "fields")] : [];
        foreach ((YamlNode node, string path) in map.Items("features")) features.AddRange(Feature(node, path));
        return new InputDescription { Tensor = map.RequiredText("tensor"), Features = features, Constant = map.Number("constant") };
    }

    // One tensor for each field, called like the field: what skl2onnx makes of a table.
    private IEnumerable<InputDescription> Columns(YamlMap map)
    {
        foreach (string key in new[] { "tensor", "features", "fields", "constant" })
            if (map.Has(key)) map.Error(key, "does not go with columns, which names tensors after its fields");
        foreach (FeatureDescription feature in Fields(map, "columns"))
            yield return new InputDescription { Tensor = FieldPattern.Segments(feature.Field)?[^1] ?? feature.Field, Features = [feature] };
    }

    private IEnumerable<FeatureDescription> Feature(YamlNode node, string path)
    {
        if (node is YamlScalarNode scalar)
        {
            foreach (string field in Expand(scalar, path)) yield return new FeatureDescription { Field = field };
        }
        else if (node is YamlMappingNode mapping)
        {
            YamlMap map = new(mapping, path, errors);
            map.Allow([.. DescriptionKeys.Feature, .. TransformReader.InlineParameters(map)]);
            if (map.Has("field") == map.Has("fields")) map.Error("field", "needs exactly one of field and fields");
            foreach (FeatureDescription feature in Fields(map, map.Has("fields") ? "fields" : "field")) yield return feature;
        }
        else
        {
            errors.Add(node.Start, path, "must be a field or a mapping with one");
        }
    }

    private IEnumerable<FeatureDescription> Fields(YamlMap map, string key)
    {
        string[] fields = [.. map.Scalars(key).SelectMany(node => Expand(node, map.PathOf(key)))];
        JsonScalar? missing = map.Node("missing") is YamlScalarNode node ? TransformParameters.ScalarOf(node) : null;
        if (missing is null && map.Has("missing")) map.Error("missing", "must be a single value");
        for (int index = 0; index < fields.Length; index++)
            yield return new FeatureDescription { Field = fields[index], Transforms = TransformReader.Read(map, errors, index, fields.Length), Missing = missing };
    }

    private IEnumerable<string> Expand(YamlScalarNode node, string path)
    {
        IReadOnlyList<string>? fields = FieldPattern.Expand(node.Value ?? "");
        if (fields is null)
        {
            errors.Add(node.Start, path, $"'{node.Value}' has an empty or endless range");
            yield break;
        }

        foreach (string field in fields)
        {
            if (FieldPattern.Segments(field) is null) errors.Add(node.Start, path, $"'{field}' is not a JSON pointer such as /amount or /card/country");
            yield return field;
        }
    }
}
