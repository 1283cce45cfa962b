using CsCheck;
using StreamInference.Onnx.Vision.Postprocessing;

namespace StreamInference.Onnx.Tests.Vision;

public sealed class DetectionDecoderTests
{
    [Fact]
    public void Yolox_decodes_cells_of_all_strides()
    {
        // 16 x 8 input, strides 4 and 8: 4 x 2 and 2 x 1 cells of 5 + 2 values.
        float[] values = new float[10 * 7];
        SetRow(values, 6, 7, [0.5f, -0.25f, MathF.Log(2), 0, 0.9f, 0.1f, 0.8f]);
        SetRow(values, 9, 7, [0, 0, 0, 0, 0.5f, 1, 0.2f]);
        YoloxDecoder decoder = new(16, 8, [4, 8], decoded: false);
        FakeOutputs outputs = new(([10, 7], values));

        Assert.Null(decoder.Check(outputs));
        AssertDetections(
            [new(1, 0.72f, new(6, 1, 14, 5)), new(0, 0.5f, new(4, -4, 12, 4))],
            Decode(decoder, outputs, 0.3f));
    }

    [Fact]
    public void Yolox_with_decoded_boxes_takes_them_as_pixels()
    {
        FakeOutputs outputs = new(([2, 6], [10, 20, 4, 6, 0.9f, 1, 1, 1, 1, 1, 0.1f, 1]));

        AssertDetections([new(0, 0.9f, new(8, 17, 12, 23))], Decode(new YoloxDecoder(64, 64, [8], decoded: true), outputs, 0.3f));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void YoloV8_is_read_in_both_layouts(bool channelsFirst)
    {
        float[][] anchors = [[10, 20, 4, 6, 0.1f, 0.9f], [30, 30, 2, 2, 0.6f, 0.2f], [1, 1, 1, 1, 0, 0]];
        float[] values = channelsFirst ? [.. Enumerable.Range(0, 6).SelectMany(c => anchors.Select(a => a[c]))] : [.. anchors.SelectMany(a => a)];
        int[] shape = channelsFirst ? [6, 3] : [3, 6];
        FakeOutputs outputs = new((shape, values));
        YoloV8Decoder decoder = new(classes: 2);

        Assert.Null(decoder.Check(outputs));
        AssertDetections([new(1, 0.9f, new(8, 17, 12, 23)), new(0, 0.6f, new(29, 29, 31, 31))], Decode(decoder, outputs, 0.3f));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void NanoDet_is_read_as_pairs_and_as_one_output(bool plus)
    {
        // One stride of 8 over 16 x 8: two cells, one class, two bins: equal bins are half a cell.
        float[] scores = [0.1f, 0.8f], distances = [.. Enumerable.Repeat(0f, 8), .. new float[] { 0, 0, 0, 0, 0, 50, 0, 50 }];
        FakeOutputs outputs = plus
            ? new(([2, 9], [scores[0], .. distances[..8], scores[1], .. distances[8..]]))
            : new(([2, 1], scores), ([2, 8], distances));
        NanoDetDecoder decoder = new(16, 8, [8], classes: 1, cellCentre: 0.5f);

        Assert.Null(decoder.Check(outputs));
        AssertDetections([new(0, 0.8f, new(8, 0, 20, 12))], Decode(decoder, outputs, 0.3f));
    }

    [Fact]
    public void UltraFace_skips_the_background()
    {
        FakeOutputs outputs = new(([2, 2], [0.1f, 0.9f, 0.95f, 0.05f]), ([2, 4], [0.1f, 0.2f, 0.5f, 0.6f, 0, 0, 1, 1]));
        SsdDecoder decoder = new(100, 50, new(Boxes: 1, Scores: 0), CornerOrder.Xyxy, relative: true, background: 0);

        Assert.Null(decoder.Check(outputs));
        AssertDetections([new(0, 0.9f, new(10, 10, 50, 30))], Decode(decoder, outputs, 0.3f));
    }

    [Fact]
    public void Ssd_lists_are_read_with_labels_and_count()
    {
        FakeOutputs outputs = new(([3, 4], [0.2f, 0.1f, 0.6f, 0.5f, 0, 0, 1, 1, 0, 0, 1, 1]), ([3], [0.9f, 0.2f, 0.9f]), ([3], [18, 1, 1]), ([1], [2]));
        SsdDecoder decoder = new(100, 50, new(0, 1, 2, 3), CornerOrder.Yxyx, relative: true, background: 0);

        Assert.Null(decoder.Check(outputs));
        AssertDetections([new(17, 0.9f, new(10, 10, 50, 30))], Decode(decoder, outputs, 0.3f));
    }

    [Fact]
    public void FastestDet_mixes_objectness_and_class()
    {
        float[] values = [0, 0.9f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5f, 0, 0.1f];
        FakeOutputs outputs = new(([7, 1, 2], values));
        FastestDetDecoder decoder = new(100, 50);

        Assert.Null(decoder.Check(outputs));
        AssertDetections(
            [new(0, MathF.Pow(0.9f, 0.6f) * MathF.Pow(0.5f, 0.4f), new(25, -12.5f, 75, 12.5f))],
            Decode(decoder, outputs, 0.3f));
    }

    [Fact]
    public void Nonsense_in_the_outputs_gives_no_detections()
    {
        FakeOutputs outputs = new(([1, 6], [1, 1, 1, 1, float.NaN, 1]));
        Assert.Empty(Decode(new YoloxDecoder(8, 8, [8], decoded: false), outputs, 0.3f));
        Assert.Empty(Decode(new YoloV8Decoder(1), new FakeOutputs(([5, 1], [1, 1, 1, 1, float.NaN])), 0.3f));
    }

    [Fact]
    public void Suppression_keeps_the_best_of_each_class_and_only_what_does_not_overlap() =>
        Detections.Sample(detections =>
        {
            List<Detection> kept = [.. detections];
            new NonMaximumSuppression().Apply(kept, 0.5f, 50);

            Assert.Equal(kept.OrderByDescending(found => found.Score), kept);
            Assert.All(kept, one => Assert.DoesNotContain(kept, other =>
                other != one && other.ClassId == one.ClassId && other.Box.IntersectionOverUnion(one.Box) > 0.5f));
            // What is gone overlaps a better one that stayed.
            foreach (var gone in detections.Except(kept))
                Assert.Contains(kept, better => better.ClassId == gone.ClassId && better.Score >= gone.Score && better.Box.IntersectionOverUnion(gone.Box) > 0.5f);
        });

    [Fact]
    public void Overlap_is_symmetric_and_between_zero_and_one() =>
        Gen.Select(Box, Box).Sample((a, b) =>
        {
            float overlap = a.IntersectionOverUnion(b);
            Assert.InRange(overlap, 0, 1.0001f);
            Assert.Equal(overlap, b.IntersectionOverUnion(a), 1e-5f);
            if (a.Area > 0) Assert.Equal(1, a.IntersectionOverUnion(a), 1e-5f);
        });

    [Theory]
    [InlineData(Activation.None, new float[] { 2, 1, 1 })]
    [InlineData(Activation.Softmax, new float[] { 0.5601f, 0.2060f, 0.2060f })]
    [InlineData(Activation.Sigmoid, new float[] { 0.8808f, 0.7311f, 0.7311f })]
    public void A_classifier_gives_the_best_in_order(Activation activation, float[] scores)
    {
        var best = new Classifier(activation, 3).Classify([1, -1, 2, 1]);

        Assert.Equal([2, 0, 3], best.Select(one => one.ClassId));
        Assert.Equal(scores, best.Select(one => one.Score), (a, b) => MathF.Abs(a - b) < 1e-3f);
    }

    private static readonly Gen<BoundingBox> Box =
        Gen.Select(Gen.Float[0, 20], Gen.Float[0, 20], Gen.Float[0, 20], Gen.Float[0, 20]).Select((x, y, w, h) => new BoundingBox(x, y, x + w, y + h));

    private static readonly Gen<Detection[]> Detections =
        Gen.Select(Gen.Int[0, 2], Gen.Float[0, 1], Box).Select((id, score, box) => new Detection(id, score, box)).Array[0, 40];

    private static List<Detection> Decode(IDetectionDecoder decoder, IModelOutputs outputs, float threshold)
    {
        List<Detection> candidates = [];
        decoder.Decode(outputs, threshold, candidates);
        return candidates;
    }

    private static void AssertDetections(Detection[] expected, List<Detection> actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].ClassId, actual[i].ClassId);
            Assert.Equal(expected[i].Score, actual[i].Score, 1e-5f);
            Assert.Equal(expected[i].Box.X0, actual[i].Box.X0, 1e-3f);
            Assert.Equal(expected[i].Box.Y0, actual[i].Box.Y0, 1e-3f);
            Assert.Equal(expected[i].Box.X1, actual[i].Box.X1, 1e-3f);
            Assert.Equal(expected[i].Box.Y1, actual[i].Box.Y1, 1e-3f);
        }
    }

    private static void SetRow(float[] values, int row, int width, float[] cells) => cells.CopyTo(values, row * width);

    private sealed class FakeOutputs(params (int[] Shape, float[] Values)[] outputs) : IModelOutputs
    {
        public int Count => outputs.Length;

        public ReadOnlySpan<float> Values(int output) => outputs[output].Values;

        public ReadOnlySpan<int> Shape(int output) => outputs[output].Shape;
    }
}
