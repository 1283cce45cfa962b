namespace StreamInference.Onnx.Tabular;

/// <summary>
/// Fills rows with made-up values of a likely size, to see what a model does before traffic comes: its outputs' shapes, whether its rows are
/// independent, and its warm-up. The numbers are the same at every start, so that a model is always judged the same.
/// </summary>
internal sealed class SampleRows
{
    /// <summary>How often a row that the model refuses is made anew, each time with smaller values.</summary>
    internal const int Tries = 16;

    private readonly Random _random = new(20_240_229);
    private readonly List<FeatureColumn> _features = [];
    private readonly List<(InputTensor Tensor, double Value)> _constants = [];

    internal SampleRows(IReadOnlyList<RowInput> description, IReadOnlyList<InputTensor> inputs)
    {
        for (int index = 0; index < inputs.Count; index++)
        {
            if (description[index].Description.Constant is { } constant) _constants.Add((inputs[index], constant));
            _features.AddRange(description[index].Columns().Select(column => new FeatureColumn(column.Feature, inputs[index], column.Column)));
        }
    }

    /// <summary>The scale of a try: a model that looks values up fails beyond its table.</summary>
    internal static double ScaleOf(int attempt) => 1.0 / (1 + attempt);

    /// <summary>Fills a row; a larger scale makes it louder than others.</summary>
    internal void Fill(int row, double scale)
    {
        foreach ((InputTensor tensor, double value) in _constants) tensor.SetMissing(row, 0, value);
        foreach (FeatureColumn feature in _features) feature.SetSample(row, _random, scale);
    }
}
