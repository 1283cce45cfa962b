namespace StreamInference.Onnx.Tabular;

/// <summary>Where a value stands in its record.</summary>
internal readonly record struct FieldSpan(int Start, int Length);

/// <summary>
/// Takes the fields of a record to what reads them: the columns of the tensors, and the places of the fields that pass through. Owned by the
/// model's loop.
/// </summary>
internal sealed class RowWriter
{
    private readonly FieldPlan[] _plans;
    private readonly FeatureColumn[] _features;
    private readonly FieldSpan[] _spans;
    private readonly int _passthroughCount;

    internal RowWriter(RecordLayout layout, int capacity)
    {
        _plans = layout.Plans;
        _features = layout.Features;
        _passthroughCount = layout.PassthroughCount;
        _spans = new FieldSpan[_passthroughCount * capacity];
    }

    internal int FieldCount => _plans.Length;

    /// <summary>The places of the fields that pass through, in the order of the description; length 0 where there is none.</summary>
    internal ReadOnlySpan<FieldSpan> Passthrough(int row) => _spans.AsSpan(row * _passthroughCount, _passthroughCount);

    internal bool IsRead(int field) => _plans[field].FeatureCount > 0;

    internal FeatureOutcome Set(int field, int row, in JsonNumber number)
    {
        ref readonly FieldPlan plan = ref _plans[field];
        if (plan.Direct is { } tensor)
        {
            float value = number.ToSingle();
            tensor.Buffer[(row * tensor.Width) + plan.DirectColumn] = value;
            return float.IsFinite(value) ? FeatureOutcome.Ok : FeatureOutcome.NotFinite;
        }

        FeatureOutcome outcome = FeatureOutcome.Ok;
        for (int index = 0; index < plan.FeatureCount && outcome == FeatureOutcome.Ok; index++)
            outcome = _features[plan.FirstFeature + index].Set(row, number);
        return outcome;
    }

    internal FeatureOutcome Set(int field, int row, ReadOnlySpan<byte> text)
    {
        FieldPlan plan = _plans[field];
        FeatureOutcome outcome = FeatureOutcome.Ok;
        for (int index = 0; index < plan.FeatureCount && outcome == FeatureOutcome.Ok; index++)
            outcome = _features[plan.FirstFeature + index].Set(row, text);
        return outcome;
    }

    internal FeatureOutcome Set(int field, int row, bool flag)
    {
        FieldPlan plan = _plans[field];
        FeatureOutcome outcome = FeatureOutcome.Ok;
        for (int index = 0; index < plan.FeatureCount && outcome == FeatureOutcome.Ok; index++)
            outcome = _features[plan.FirstFeature + index].Set(row, flag);
        return outcome;
    }

    /// <summary>Writes what stands in for the field's value; fails where a feature has no such value.</summary>
    internal FeatureOutcome SetMissing(int field, int row)
    {
        FieldPlan plan = _plans[field];
        FeatureOutcome outcome = FeatureOutcome.Ok;
        for (int index = 0; index < plan.FeatureCount && outcome == FeatureOutcome.Ok; index++)
            outcome = _features[plan.FirstFeature + index].SetMissing(row);
        return outcome;
    }

    /// <summary>Remembers where the field stands, if it passes through.</summary>
    internal void SetSpan(int field, int row, int start, int length)
    {
        int passthrough = _plans[field].Passthrough;
        if (passthrough >= 0) _spans[(row * _passthroughCount) + passthrough] = new FieldSpan(start, length);
    }

    /// <summary>The first feature of the field that does not take what the record has, for messages.</summary>
    internal string ExpectedOf(int field) => _features[_plans[field].FirstFeature].Expected;
}
