using System.Text;
using System.Text.Json.Nodes;

namespace StreamInference.Onnx.Tabular;

/// <summary>One feature: takes a value of the record through its steps into its columns of a tensor.</summary>
internal sealed class FeatureColumn
{
    private readonly InputTensor _tensor;
    private readonly int _column;
    private readonly NumberSteps _steps;
    private readonly Categories? _categories;
    private readonly FeatureTransform? _first;
    private readonly JsonScalar? _missing;
    private readonly byte[] _missingText = [];

    internal FeatureColumn(FeatureDescription description, InputTensor tensor, int column)
    {
        _tensor = tensor;
        _column = column;
        FeatureTransform? first = description.Transforms.Count > 0 ? description.Transforms[0] : null;
        _first = first is FeatureTransform.Boolean or FeatureTransform.Ordinal or FeatureTransform.OneHot ? first : null;
        _categories = first switch
        {
            FeatureTransform.Ordinal ordinal => new Categories(ordinal.Values),
            FeatureTransform.OneHot oneHot => new Categories(oneHot.Values),
            _ => null,
        };
        _steps = new NumberSteps(description.Transforms.Skip(_first is null ? 0 : 1));
        _missing = description.Missing;
        if (_missing is JsonScalar.Text text) _missingText = Encoding.UTF8.GetBytes(text.Value);
    }

    internal InputTensor Tensor => _tensor;

    internal int Column => _column;

    /// <summary>Whether a number goes into the tensor as it is.</summary>
    internal bool IsPlainNumber => _first is null && _steps.IsEmpty;

    internal bool HasMissing => _missing is not null;

    /// <summary>What the record must hold, for messages.</summary>
    internal string Expected => _categories switch
    {
        { HasTexts: true, HasNumbers: false, HasFlags: false } => "a text",
        { HasTexts: false, HasNumbers: true, HasFlags: false } => "a number",
        not null => "one of the listed values",
        null when _first is FeatureTransform.Boolean || _tensor is FlagTensor => "true or false",
        null when _tensor is TextTensor => "a text",
        _ => "a number",
    };

    internal FeatureOutcome Set(int row, in JsonNumber number)
    {
        if (IsPlainNumber) return _tensor.Set(row, _column, number);
        if (_categories is { HasNumbers: true }) return SetCategory(row, _categories.Find(number.ToDouble()));
        if (_first is not null) return FeatureOutcome.WrongType;
        double value = number.ToDouble();
        return double.IsFinite(value) ? _tensor.Set(row, _column, _steps.Apply(value)) : FeatureOutcome.NotFinite;
    }

    internal FeatureOutcome Set(int row, ReadOnlySpan<byte> text)
    {
        if (_categories is { HasTexts: true }) return SetCategory(row, _categories.Find(text));
        return IsPlainNumber ? _tensor.Set(row, _column, text) : FeatureOutcome.WrongType;
    }

    internal FeatureOutcome Set(int row, bool flag)
    {
        if (_categories is { HasFlags: true }) return SetCategory(row, _categories.Find(flag));
        if (_first is FeatureTransform.Boolean) return _tensor.Set(row, _column, _steps.Apply(flag ? 1 : 0));
        return IsPlainNumber ? _tensor.Set(row, _column, flag) : FeatureOutcome.WrongType;
    }

    internal FeatureOutcome SetMissing(int row)
    {
        switch (_missing)
        {
            case JsonScalar.Text: return Set(row, _missingText);
            case JsonScalar.Flag flag: return Set(row, flag.Value);
            case JsonScalar.Number { Value: var number } when _categories is not null: return SetCategory(row, _categories.Find(number));
            case JsonScalar.Number { Value: var number }: return _tensor.SetMissing(row, _column, _steps.Apply(number));
            default: return FeatureOutcome.Missing;
        }
    }

    /// <summary>Writes a made-up value of a likely size; <paramref name="scale"/> makes some rows louder than others.</summary>
    internal void SetSample(int row, Random random, double scale)
    {
        if (_categories is not null) SetCategory(row, random.Next(_categories.Count));
        else if (_tensor is TextTensor) _tensor.Set(row, _column, "sample"u8);
        else if (_tensor is FlagTensor) _tensor.Set(row, _column, random.Next(2) == 1);
        else if (_tensor is Int64Tensor or Int32Tensor) _tensor.Set(row, _column, Math.Round(_steps.Apply(_steps.Sample(random, scale))));
        else _tensor.Set(row, _column, _steps.Apply(_first is null ? _steps.Sample(random, scale) : random.Next(2)));
    }

    /// <summary>A made-up value of the record's field.</summary>
    internal JsonNode SampleField(Random random) => _first switch
    {
        FeatureTransform.Ordinal ordinal => NodeOf(ordinal.Values[0]),
        FeatureTransform.OneHot oneHot => NodeOf(oneHot.Values[0]),
        FeatureTransform.Boolean => true,
        _ => _tensor switch
        {
            TextTensor => "sample",
            FlagTensor => true,
            Int64Tensor or Int32Tensor => Math.Round(Math.Abs(_steps.Sample(random, 1))),
            _ => _steps.Sample(random, 1),
        },
    };

    private static JsonNode NodeOf(JsonScalar value) => value switch
    {
        JsonScalar.Text text => text.Value,
        JsonScalar.Flag flag => flag.Value,
        JsonScalar.Number { Value: var number } => number,
        _ => throw new InvalidOperationException($"{value.GetType().Name} is no scalar."),
    };

    private FeatureOutcome SetCategory(int row, int index)
    {
        if (_first is FeatureTransform.OneHot oneHot) return SetOneHot(row, index, oneHot);
        if (index >= 0) return _tensor.Set(row, _column, _steps.Apply(index));
        return ((FeatureTransform.Ordinal)_first!).Unknown is { } unknown ? _tensor.SetMissing(row, _column, unknown) : FeatureOutcome.UnknownCategory;
    }

    private FeatureOutcome SetOneHot(int row, int index, FeatureTransform.OneHot oneHot)
    {
        if (index < 0 && oneHot.UnknownBucket) index = _categories!.Count;
        if (index < 0 && !oneHot.IgnoreUnknown) return FeatureOutcome.UnknownCategory;
        for (int category = 0; category < oneHot.Width; category++) _tensor.Set(row, _column + category, category == index ? 1d : 0d);
        return FeatureOutcome.Ok;
    }
}
