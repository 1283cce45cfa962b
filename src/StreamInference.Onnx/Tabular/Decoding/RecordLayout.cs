namespace StreamInference.Onnx.Tabular;

/// <summary>What is done with one field.</summary>
internal struct FieldPlan
{
    /// <summary>The tensor that takes the field's number as it is, when that is all there is to do with it.</summary>
    internal FloatTensor? Direct;
    internal int DirectColumn;
    internal int FirstFeature;
    internal int FeatureCount;

    /// <summary>The field's place among those that pass through; -1: it does not.</summary>
    internal int Passthrough;
}

/// <summary>A description compiled for decoding: each distinct field once, with everything that reads it.</summary>
internal sealed class RecordLayout
{
    private RecordLayout(string[] fields, FieldPlan[] plans, FeatureColumn[] features, int passthroughCount)
    {
        Fields = fields;
        Plans = plans;
        Features = features;
        PassthroughCount = passthroughCount;
        Root = FieldNode.Build(fields, out int nodes);
        NodeCount = nodes;
    }

    internal string[] Fields { get; }

    internal FieldPlan[] Plans { get; }

    /// <summary>The features, those of one field side by side.</summary>
    internal FeatureColumn[] Features { get; }

    internal int PassthroughCount { get; }

    internal FieldNode Root { get; }

    internal int NodeCount { get; }

    internal static RecordLayout Compile(
        IEnumerable<(FeatureDescription Description, InputTensor Tensor, int Column)> columns, IReadOnlyList<PassthroughDescription> passthrough)
    {
        var byField = columns.ToLookup(column => column.Description.Field);
        string[] fields = [.. byField.Select(group => group.Key).Concat(passthrough.Select(field => field.Field)).Distinct()];
        FieldPlan[] plans = new FieldPlan[fields.Length];
        List<FeatureColumn> features = [];
        for (int field = 0; field < fields.Length; field++)
        {
            FieldPlan plan = new() { FirstFeature = features.Count, Passthrough = IndexOf(passthrough, fields[field]) };
            features.AddRange(byField[fields[field]].Select(column => new FeatureColumn(column.Description, column.Tensor, column.Column)));
            plan.FeatureCount = features.Count - plan.FirstFeature;
            if (plan.FeatureCount == 1 && features[^1] is { IsPlainNumber: true, Tensor: FloatTensor tensor } only)
            {
                plan.Direct = tensor;
                plan.DirectColumn = only.Column;
            }

            plans[field] = plan;
        }

        return new RecordLayout(fields, plans, [.. features], passthrough.Count);
    }

    private static int IndexOf(IReadOnlyList<PassthroughDescription> passthrough, string field)
    {
        for (int index = 0; index < passthrough.Count; index++)
            if (passthrough[index].Field == field) return index;
        return -1;
    }
}
