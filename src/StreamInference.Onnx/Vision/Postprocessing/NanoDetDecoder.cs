namespace StreamInference.Onnx.Vision.Postprocessing;

/// <summary>
/// NanoDet (RangiLyu): per stride class scores [cells, classes] and box distances [cells, 4 × bins], each distance a distribution over
/// bins (Generalized Focal Loss, Li et al. 2020). The first release has an output pair per stride, all class outputs first; NanoDet-Plus has
/// one output [cells of all strides, classes + 4 × bins].
/// </summary>
/// <param name="inputWidth">Columns of the input.</param>
/// <param name="inputHeight">Rows of the input.</param>
/// <param name="strides">Input pixels per cell of each level, in the order of the outputs.</param>
/// <param name="classes">The classes; needed to split the one output of NanoDet-Plus.</param>
/// <param name="cellCentre">Where a cell's anchor is: 0.5 for the first release (its middle), 0 for NanoDet-Plus (its corner).</param>
internal sealed class NanoDetDecoder(int inputWidth, int inputHeight, IReadOnlyList<int> strides, int classes, float cellCentre) : IDetectionDecoder
{
    private const int MaxBins = 64;

    public string? Check(IModelOutputs outputs)
    {
        if (outputs.Count == 1) return CheckPlus(outputs.Shape(0));
        if (outputs.Count != 2 * strides.Count) return $"{strides.Count} strides take {2 * strides.Count} outputs, the model has {outputs.Count}";
        for (int level = 0; level < strides.Count; level++)
        {
            var scores = outputs.Shape(level);
            var distances = outputs.Shape(level + strides.Count);
            int cells = Cells(strides[level]);
            if (scores.Length != 2 || distances.Length != 2 || scores[0] != cells || distances[0] != cells || distances[1] % 4 != 0 || distances[1] > 4 * MaxBins)
                return $"the outputs of stride {strides[level]} must have the shapes [{cells}, classes] and [{cells}, 4 x bins]";
        }

        return null;
    }

    private string? CheckPlus(ReadOnlySpan<int> shape)
    {
        int cells = strides.Sum(Cells);
        bool fits = shape.Length == 2 && shape[0] == cells && classes > 0 && shape[1] > classes && (shape[1] - classes) % 4 == 0 && shape[1] - classes <= 4 * MaxBins;
        return fits ? null : $"the output must have the shape [{cells}, {classes} + 4 x bins]";
    }

    public void Decode(IModelOutputs outputs, float threshold, List<Detection> candidates)
    {
        int from = 0;
        for (int level = 0; level < strides.Count; level++)
        {
            int cells = Cells(strides[level]);
            if (outputs.Count == 1)
            {
                int width = outputs.Shape(0)[1];
                var values = outputs.Values(0).Slice(from * width, cells * width);
                Decode(values, width, values[classes..], width, classes, (width - classes) / 4, strides[level], threshold, candidates);
            }
            else
            {
                int scores = outputs.Shape(level)[1], distances = outputs.Shape(level + strides.Count)[1];
                Decode(outputs.Values(level), scores, outputs.Values(level + strides.Count), distances, scores, distances / 4, strides[level], threshold, candidates);
            }

            from += cells;
        }
    }

    private void Decode(
        ReadOnlySpan<float> scores, int scoreStep, ReadOnlySpan<float> distances, int distanceStep, int classCount, int bins, int stride, float threshold,
        List<Detection> candidates)
    {
        int columns = Grid.Cells(inputWidth, stride), cells = Cells(stride);
        for (int cell = 0; cell < cells; cell++)
        {
            var likelihoods = scores.Slice(cell * scoreStep, classCount);
            int best = Grid.Best(likelihoods);
            if (!(likelihoods[best] >= threshold)) continue;
            var sides = distances.Slice(cell * distanceStep, 4 * bins);
            float x = (cell % columns + cellCentre) * stride, y = (cell / columns + cellCentre) * stride;
            BoundingBox box = new(
                x - Expected(sides[..bins]) * stride,
                y - Expected(sides.Slice(bins, bins)) * stride,
                x + Expected(sides.Slice(2 * bins, bins)) * stride,
                y + Expected(sides.Slice(3 * bins, bins)) * stride);
            candidates.Add(new(best, likelihoods[best], box));
        }
    }

    private int Cells(int stride) => Grid.Cells(inputWidth, stride) * Grid.Cells(inputHeight, stride);

    // The mean of the distribution that the softmax of the bins is, in cells.
    private static float Expected(ReadOnlySpan<float> bins)
    {
        float largest = bins[Grid.Best(bins)], sum = 0, mean = 0;
        for (int i = 0; i < bins.Length; i++)
        {
            float weight = MathF.Exp(bins[i] - largest);
            sum += weight;
            mean += weight * i;
        }

        return mean / sum;
    }
}
