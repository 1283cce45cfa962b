using StreamInference.Onnx.Descriptions;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Vision;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Onnx.Vision.Postprocessing;
using StreamInference.Onnx.Vision.Preprocessing;

namespace StreamInference.Onnx.Tests.Vision;

public sealed class VisionDescriptionTests
{
    [Fact]
    public void Every_key_is_read()
    {
        const string yaml = """
            name: parts
            version: 3
            kind: vision
            file: detector.onnx
            providers: [cuda, cpu]
            require: cuda
            threads: 2
            max_batch_size: 16
            decode_threads: 3
            allow_row_dependence: true
            file_root: frames
            labels: [scratch, dent]
            limits: {max_bytes: 1000, max_pixels: 2000, max_jpeg_scans: 3, max_jpeg_scan_pixels: 4000}
            preprocess:
              width: 320
              height: 240
              fit: letterbox_centered
              colour: bgr
              layout: nhwc
              type: uint8
              filter: linear
              scale: 0.5
              mean: [1, 2, 3]
              std: 4
              pad: 114
              scaled_decode: false
            postprocess:
              kind: yolox
              outputs: [cells]
              score_threshold: 0.4
              nms_threshold: 0.5
              max_detections: 7
              clip: false
              strides: [8, 16]
              decoded: true
            """;

        var read = Read(yaml);

        Assert.Equal(("parts", 3, "/models/parts/3/detector.onnx", 2, 16, 3), (read.Name, read.Version, read.File, read.Threads, read.MaxBatchSize, read.DecodeThreads));
        Assert.Equal([ExecutionProvider.Cuda, ExecutionProvider.Cpu], read.Providers);
        Assert.Equal(ExecutionProvider.Cuda, read.Require);
        Assert.Equal("/models/parts/3/frames", read.FileRoot);
        Assert.True(read.AllowRowDependence);
        Assert.Equal(["scratch", "dent"], read.Labels);
        Assert.Equal((1000, 2000, 3, 4000L), (read.Limits.MaxBytes, read.Limits.MaxPixels, read.Limits.MaxJpegScans, read.Limits.MaxJpegScanPixels));
        Assert.Equal(new FrameFit(320, 240, FitMode.Letterbox) { Centered = true }, read.Preprocess.Fit);
        Assert.Equal(
            (ColourOrder.Bgr, TensorLayout.Nhwc, PixelType.UInt8, ResizeFilter.Linear, 0.5f, 114f, false),
            (read.Preprocess.Colour, read.Preprocess.Layout, read.Preprocess.Type, read.Preprocess.Filter, read.Preprocess.Scale, read.Preprocess.Pad, read.Preprocess.ScaledDecode));
        Assert.Equal([1, 2, 3], read.Preprocess.Mean);
        Assert.Equal([4, 4, 4], read.Preprocess.Std);
        var detection = Assert.IsType<DetectionSpec>(read.Postprocess);
        Assert.Equal((DetectorKind.Yolox, 0.4f, 0.5f, 7, false, true), (detection.Detector, detection.ScoreThreshold, detection.NmsThreshold, detection.MaxDetections, detection.Clip, detection.Decoded));
        Assert.Equal([8, 16], detection.Strides);
        Assert.Equal(["cells"], detection.Outputs);
    }

    [Fact]
    public void Every_mistake_is_reported_with_its_line_and_key()
    {
        const string yaml = """
            name: parts
            version: 0
            kind: vision
            providers: [gpu]
            labels: nowhere.txt
            colour: rgb
            preprocess:
              fit: squeeze
              mean: [1, 2]
              std: 0
              resize_short: 10
            postprocess:
              kind: yolox
              top_k: 5
              score_threshold: 2
              strides: [8, none]
            """;

        var errors = Assert.Throws<ModelDescriptionException>(() => Read(yaml)).Errors;

        string[] expected =
        [
            "2: version", "4: providers", "5: labels", "6: colour", "8: preprocess.fit", "9: preprocess.mean", "10: preprocess.std",
            "11: preprocess.resize_short", "14: postprocess.top_k", "15: postprocess.score_threshold", "16: postprocess.strides",
        ];
        Assert.Equal(expected, errors.Select(error => $"{error.Line}: {error.Key}").Distinct());
        Assert.All(errors, error => Assert.Equal("/models/parts/3/model.yaml", error.File));
    }

    [Theory]
    [InlineData("{}", "kind", "name", "postprocess", "version")]
    [InlineData("kind: tabular\nname: x\nversion: 1\npostprocess: {kind: classification}", "kind")]
    [InlineData("kind: vision\nname: x\nversion: 1\npostprocess: {}", "postprocess.kind")]
    [InlineData("kind: vision\nname: x\nversion: 1\npostprocess: {kind: text}", "postprocess.characters", "postprocess.recognizer")]
    [InlineData("kind: vision\nname: x\nversion: 1\npreprocess: 7\npostprocess: {kind: ssd}", "preprocess")]
    [InlineData("- a list", "")]
    [InlineData("a: [", "")]
    public void What_is_missing_or_of_another_shape_is_named(string yaml, params string[] keys)
    {
        var errors = Assert.Throws<ModelDescriptionException>(() => Read(yaml)).Errors;

        Assert.Equal(keys, errors.Select(error => error.Key).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_shortest_description_has_the_usual_values()
    {
        var read = Read("{name: x, version: 1, kind: vision, postprocess: {kind: classification}}");

        Assert.Equal((8, 1), (read.MaxBatchSize, read.Threads));
        Assert.Equal(ResizeFilter.Antialias, read.Preprocess.Filter);
        Assert.Equal((Activation.Softmax, 5), (Assert.IsType<ClassificationSpec>(read.Postprocess).Activation, ((ClassificationSpec)read.Postprocess).TopK));
    }

    [Theory]
    [InlineData("preprocess: {width: 300}", "width 416")]
    [InlineData("preprocess: {colour: gray}", "3 channels")]
    [InlineData("preprocess: {type: uint8}", "Float")]
    [InlineData("postprocess: {kind: yolox, strides: [8, 16]}", "3549")]
    [InlineData("postprocess: {kind: yolox, outputs: [nothing]}", "nothing")]
    [InlineData("postprocess: {kind: fastestdet}", "[5 + classes, rows, columns]")]
    [InlineData("postprocess: {kind: yolov8}\nlabels: [a, b]", "2 labels")]
    public void A_model_that_contradicts_its_description_is_not_served(string part, string says)
    {
        string yaml = $"name: x\nversion: 1\nkind: vision\nfile: models/yolox_nano_416.onnx\n{part}\n" + (part.Contains("postprocess", StringComparison.Ordinal) ? "" : "postprocess: {kind: yolox}");

        var failure = Assert.Throws<ModelLoadException>(() => SharedModels.Load(yaml));

        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_a_load_error() =>
        Assert.Throws<ModelLoadException>(() => VisionModel.Load(Read("{name: x, version: 1, kind: vision, postprocess: {kind: classification}}"), new OnnxSessionFactory()));

    private static VisionDescription Read(string yaml) => VisionDescriptionFile.Read(yaml, "/models/parts/3/model.yaml");
}
