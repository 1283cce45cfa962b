namespace StreamInference.Onnx.Vision.Postprocessing;

/// <summary>The order of a box's corners in an output.</summary>
internal enum CornerOrder
{
    /// <summary>Left, top, right, bottom.</summary>
    Xyxy,

    /// <summary>Top, left, bottom, right (TensorFlow).</summary>
    Yxyx,
}

/// <summary>
/// SSD (Liu et al. 2016) and its relatives whose boxes leave the model decoded. Dense: scores [boxes, classes], with a background class, and
/// boxes [boxes, 4] (UltraFace). Listed: boxes, scores [boxes], labels [boxes] after the model's own suppression (the ONNX model zoo's SSD,
/// TensorFlow's detection models), which may also give the count.
/// </summary>
/// <param name="inputWidth">Columns of the input.</param>
/// <param name="inputHeight">Rows of the input.</param>
/// <param name="roles">Which output is what.</param>
/// <param name="order">The order of corners.</param>
/// <param name="relative">Corners are parts of the input's size, not pixels.</param>
/// <param name="background">Dense: the class that is none. Listed: what is subtracted from a label is one more than it. -1 when there is none.</param>
internal sealed class SsdDecoder(int inputWidth, int inputHeight, SsdOutputs roles, CornerOrder order, bool relative, int background) : IDetectionDecoder
{
    public string? Check(IModelOutputs outputs)
    {
        var boxes = outputs.Shape(roles.Boxes);
        var scores = outputs.Shape(roles.Scores);
        if (boxes.Length != 2 || boxes[1] != 4) return "the boxes must have the shape [boxes, 4]";
        if (roles.Labels is null) return scores.Length == 2 && scores[0] == boxes[0] ? null : "the scores must have the shape [boxes, classes]";
        bool listed = scores.Length == 1 && scores[0] == boxes[0] && outputs.Shape(roles.Labels.Value) is { Length: 1 } labels && labels[0] == boxes[0];
        return listed ? null : "scores and labels must have the shape [boxes]";
    }

    public void Decode(IModelOutputs outputs, float threshold, List<Detection> candidates)
    {
        var boxes = outputs.Values(roles.Boxes);
        var scores = outputs.Values(roles.Scores);
        if (roles.Labels is int labels) DecodeListed(boxes, scores, outputs.Values(labels), Count(outputs), threshold, candidates);
        else DecodeDense(boxes, scores, outputs.Shape(roles.Scores)[1], threshold, candidates);
    }

    private int Count(IModelOutputs outputs)
    {
        int all = outputs.Shape(roles.Boxes)[0];
        return roles.Count is int count ? Math.Clamp((int)outputs.Values(count)[0], 0, all) : all;
    }

    private void DecodeListed(
        ReadOnlySpan<float> boxes, ReadOnlySpan<float> scores, ReadOnlySpan<float> labels, int count, float threshold, List<Detection> candidates)
    {
        for (int i = 0; i < count; i++)
            if (scores[i] >= threshold) candidates.Add(new((int)labels[i] - background - 1, scores[i], Box(boxes.Slice(4 * i, 4))));
    }

    private void DecodeDense(ReadOnlySpan<float> boxes, ReadOnlySpan<float> scores, int classes, float threshold, List<Detection> candidates)
    {
        for (int i = 0, at = 0; at < scores.Length; i++, at += classes)
        {
            for (int c = 0; c < classes; c++)
            {
                if (c == background || !(scores[at + c] >= threshold)) continue;
                int id = background >= 0 && c > background ? c - 1 : c;
                candidates.Add(new(id, scores[at + c], Box(boxes.Slice(4 * i, 4))));
            }
        }
    }

    private BoundingBox Box(ReadOnlySpan<float> corners)
    {
        var (width, height) = relative ? (inputWidth, inputHeight) : (1, 1);
        return order == CornerOrder.Xyxy
            ? new(corners[0] * width, corners[1] * height, corners[2] * width, corners[3] * height)
            : new(corners[1] * width, corners[0] * height, corners[3] * width, corners[2] * height);
    }
}

/// <summary>Places of an SSD's outputs.</summary>
/// <param name="Boxes">The boxes.</param>
/// <param name="Scores">The scores.</param>
/// <param name="Labels">The class of each box; null: the scores are dense.</param>
/// <param name="Count">How many boxes count; null: all.</param>
internal readonly record struct SsdOutputs(int Boxes, int Scores, int? Labels = null, int? Count = null);
