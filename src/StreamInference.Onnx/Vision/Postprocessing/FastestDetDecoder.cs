namespace StreamInference.Onnx.Vision.Postprocessing;

/// <summary>
/// FastestDet (dog-qiuqiu, 2022): one output [5 + classes, rows, columns]: objectness, the box as (tanh x, tanh y, sigmoid w, sigmoid h), class
/// scores; the score is objectness^0.6 × class^0.4.
/// </summary>
/// <param name="inputWidth">Columns of the input.</param>
/// <param name="inputHeight">Rows of the input.</param>
internal sealed class FastestDetDecoder(int inputWidth, int inputHeight) : IDetectionDecoder
{
    private const int FirstClass = 5;

    public string? Check(IModelOutputs outputs) =>
        outputs.Shape(0) is { Length: 3 } shape && shape[0] > FirstClass ? null : "the output must have the shape [5 + classes, rows, columns]";

    public void Decode(IModelOutputs outputs, float threshold, List<Detection> candidates)
    {
        var values = outputs.Values(0);
        var shape = outputs.Shape(0);
        int classes = shape[0] - FirstClass, rows = shape[1], columns = shape[2], plane = rows * columns;
        for (int cell = 0; cell < plane; cell++)
        {
            int best = 0;
            float likelihood = float.NegativeInfinity;
            for (int c = 0; c < classes; c++)
            {
                float value = values[(FirstClass + c) * plane + cell];
                if (value > likelihood) (best, likelihood) = (c, value);
            }

            float score = MathF.Pow(values[cell], 0.6f) * MathF.Pow(likelihood, 0.4f);
            if (!(score >= threshold)) continue;
            float x = (cell % columns + MathF.Tanh(values[plane + cell])) / columns * inputWidth;
            float y = (cell / columns + MathF.Tanh(values[2 * plane + cell])) / rows * inputHeight;
            float width = Grid.Sigmoid(values[3 * plane + cell]) * inputWidth, height = Grid.Sigmoid(values[4 * plane + cell]) * inputHeight;
            candidates.Add(new(best, score, BoundingBox.FromCentre(x, y, width, height)));
        }
    }
}
