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
        bool channelsFirst = ChannelsFirst(shape);
        int anchors = channelsFirst ? shape[1] : shape[0], channels = channelsFirst ? shape[0] : shape[1];
        var (nextAnchor, nextChannel) = channelsFirst ? (1, anchors) : (channels, 1);
        for (int anchor = 0; anchor < anchors; anchor++)
        {
            int at = anchor * nextAnchor, best = 0;
            float score = float.NegativeInfinity;
            for (int c = 0; c < channels - FirstClass; c++)
            {
                float value = values[at + (FirstClass + c) * nextChannel];
                if (value > score) (best, score) = (c, value);
            }

            if (!(score >= threshold)) continue;
            var box = BoundingBox.FromCentre(values[at], values[at + nextChannel], values[at + 2 * nextChannel], values[at + 3 * nextChannel]);
            candidates.Add(new(best, score, box));
        }
    }

    private bool ChannelsFirst(ReadOnlySpan<int> shape) =>
        classes > 0 && shape[0] != shape[1] ? shape[0] == FirstClass + classes || shape[1] != FirstClass + classes : shape[0] <= shape[1];
}
