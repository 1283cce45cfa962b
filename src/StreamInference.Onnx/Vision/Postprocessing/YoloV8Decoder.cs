using System.Buffers;

namespace StreamInference.Onnx.Vision.Postprocessing;

/// <summary>
/// YOLOv8 and its successors (Ultralytics exports): one output [4 + classes, anchors], or its transpose, with (x, y, w, h) in input pixels
/// and class scores.
/// </summary>
/// <param name="classes">Classes, to tell the two layouts apart; 0 when there are no labels: the shorter axis is then that of the channels.</param>
internal sealed class YoloV8Decoder(int classes) : IDetectionDecoder
{
    private const int FirstClass = 4;

    public string? Check(IModelOutputs outputs)
    {
        var shape = outputs.Shape(0);
        if (shape.Length != 2) return "the output must have the shape [4 + classes, anchors]";
        int channels = ChannelsFirst(shape) ? shape[0] : shape[1];
        if (channels <= FirstClass) return "the output must have at least 5 channels";
        return classes == 0 || channels == FirstClass + classes ? null : $"{classes} labels take {FirstClass + classes} channels, the output has {channels}";
    }

    public void Decode(IModelOutputs outputs, float threshold, List<Detection> candidates)
    {
        var values = outputs.Values(0);
        var shape = outputs.Shape(0);
        if (ChannelsFirst(shape)) DecodeByChannel(values, shape[1], threshold, candidates);
        else DecodeByAnchor(values, shape[1], threshold, candidates);
    }

    // The scores of one class lie side by side: going through them in that order reads memory once, front to back.
    private static void DecodeByChannel(ReadOnlySpan<float> values, int anchors, float threshold, List<Detection> candidates)
    {
        float[] scores = ArrayPool<float>.Shared.Rent(anchors);
        int[] ids = ArrayPool<int>.Shared.Rent(anchors);
        scores.AsSpan(0, anchors).Fill(MathF.BitDecrement(threshold));
        Array.Fill(ids, -1, 0, anchors);
        for (int c = 0; (FirstClass + c + 1) * anchors <= values.Length; c++)
        {
            var likelihoods = values.Slice((FirstClass + c) * anchors, anchors);
            for (int anchor = 0; anchor < likelihoods.Length; anchor++)
                if (likelihoods[anchor] > scores[anchor]) (scores[anchor], ids[anchor]) = (likelihoods[anchor], c);
        }

        for (int anchor = 0; anchor < anchors; anchor++)
        {
            if (ids[anchor] < 0) continue;
            var box = BoundingBox.FromCentre(values[anchor], values[anchors + anchor], values[2 * anchors + anchor], values[3 * anchors + anchor]);
            candidates.Add(new(ids[anchor], scores[anchor], box));
        }

        ArrayPool<float>.Shared.Return(scores);
        ArrayPool<int>.Shared.Return(ids);
    }

    private static void DecodeByAnchor(ReadOnlySpan<float> values, int channels, float threshold, List<Detection> candidates)
    {
        for (; values.Length >= channels; values = values[channels..])
        {
            var likelihoods = values[FirstClass..channels];
            int best = Grid.Best(likelihoods);
            if (likelihoods[best] >= threshold) candidates.Add(new(best, likelihoods[best], BoundingBox.FromCentre(values[0], values[1], values[2], values[3])));
        }
    }

    private bool ChannelsFirst(ReadOnlySpan<int> shape) =>
        classes > 0 && shape[0] != shape[1] ? shape[0] == FirstClass + classes || shape[1] != FirstClass + classes : shape[0] <= shape[1];
}
