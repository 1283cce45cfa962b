namespace StreamInference.Onnx.Vision.Postprocessing;

/// <summary>
/// YOLOX (Ge et al. 2021) as exported without decode_in_inference: one output [cells, 5 + classes] over all strides, box (x, y, log w, log h)
/// relative to the cell, then objectness and class scores. With <paramref name="decoded"/> the boxes are (x, y, w, h) in input pixels, as
/// YOLOv5 and YOLOX with decode_in_inference have them.
/// </summary>
/// <param name="inputWidth">Columns of the input.</param>
/// <param name="inputHeight">Rows of the input.</param>
/// <param name="strides">Input pixels per cell of each level, in the output's order.</param>
/// <param name="decoded">Boxes are in pixels already.</param>
internal sealed class YoloxDecoder(int inputWidth, int inputHeight, IReadOnlyList<int> strides, bool decoded) : IDetectionDecoder
{
    private const int Objectness = 4, FirstClass = 5;
    private readonly int _cells = strides.Sum(stride => Grid.Cells(inputWidth, stride) * Grid.Cells(inputHeight, stride));

    public string? Check(IModelOutputs outputs)
    {
        var shape = outputs.Shape(0);
        if (shape.Length != 2 || shape[1] <= FirstClass) return "the output must have the shape [cells, 5 + classes]";
        return decoded || shape[0] == _cells ? null : $"the strides give {_cells} cells, the output has {shape[0]}";
    }

    public void Decode(IModelOutputs outputs, float threshold, List<Detection> candidates)
    {
        var values = outputs.Values(0);
        int width = outputs.Shape(0)[1];
        if (decoded)
        {
            for (int at = 0; at + width <= values.Length; at += width) Add(values.Slice(at, width), 0, 0, 0, threshold, candidates);
            return;
        }

        foreach (int stride in strides)
        {
            int columns = Grid.Cells(inputWidth, stride), rows = Grid.Cells(inputHeight, stride);
            for (int row = 0; row < rows; row++)
                for (int column = 0; column < columns; column++, values = values[width..])
                    Add(values[..width], column, row, stride, threshold, candidates);
        }
    }

    private void Add(ReadOnlySpan<float> cell, int column, int row, int stride, float threshold, List<Detection> candidates)
    {
        // No class can lift a score over the objectness.
        if (!(cell[Objectness] >= threshold)) return;
        int best = Grid.Best(cell[FirstClass..]);
        float score = cell[Objectness] * cell[FirstClass + best];
        if (!(score >= threshold)) return;
        var box = decoded
            ? BoundingBox.FromCentre(cell[0], cell[1], cell[2], cell[3])
            : BoundingBox.FromCentre((cell[0] + column) * stride, (cell[1] + row) * stride, MathF.Exp(cell[2]) * stride, MathF.Exp(cell[3]) * stride);
        candidates.Add(new(best, score, box));
    }
}
