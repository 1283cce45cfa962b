using System.Globalization;
using System.Text;
using System.Text.Json;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Vision;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.TestKit;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Onnx.Tests.Vision;

/// <summary>Public models with descriptions of a few lines, as a user would write them.</summary>
internal static class SharedModels
{
    public const string Yolox = """
        name: yolox-nano
        version: 1
        kind: vision
        file: models/yolox_nano_416.onnx
        labels: labels/coco80.names
        preprocess: {fit: letterbox, colour: bgr, pad: 114}
        postprocess: {kind: yolox, score_threshold: 0.35, nms_threshold: 0.45, clip: false}
        """;

    public const string FastestDet = """
        name: fastestdet
        version: 1
        kind: vision
        file: models/FastestDet_352.onnx
        labels: labels/coco80.names
        preprocess: {colour: bgr, scale: 0.00392156862745098}
        postprocess: {kind: fastestdet, score_threshold: 0.6, nms_threshold: 0.45, clip: false}
        """;

    public const string UltraFace = """
        name: ultraface
        version: 1
        kind: vision
        file: models/ultraface-RFB-320.onnx
        labels: [face]
        preprocess: {mean: 127, std: 128}
        postprocess: {kind: ultraface, score_threshold: 0.7, nms_threshold: 0.3, clip: false}
        """;

    public const string NanoDet = """
        name: nanodet
        version: 1
        kind: vision
        file: models/nanodet_m_416.onnx
        labels: labels/coco80.names
        preprocess: {fit: letterbox_centered, colour: bgr, mean: [103.53, 116.28, 123.675], std: [57.375, 57.12, 58.395]}
        postprocess: {kind: nanodet, score_threshold: 0.4, nms_threshold: 0.6}
        """;

    public const string ShuffleNet = """
        name: shufflenet
        version: 2
        kind: vision
        file: models/shufflenet-v2-12-int8.onnx
        labels: labels/imagenet_synset.txt
        labels_skip_words: 1
        preprocess:
          fit: crop
          resize_short: 256
          scale: 0.00392156862745098
          mean: [0.485, 0.456, 0.406]
          std: [0.229, 0.224, 0.225]
        postprocess: {kind: classification, top_k: 5}
        """;

    public const string Mnist = """
        name: mnist
        version: 1
        kind: vision
        file: models/mnist-8.onnx
        preprocess: {colour: gray}
        postprocess: {kind: classification, top_k: 1}
        """;

    public static VisionModel Load(string yaml)
    {
        string folder = SharedData.Require("data/vision");
        return VisionModel.Load(VisionDescriptionFile.Read(yaml, Path.Combine(folder, "model.yaml")), new OnnxSessionFactory());
    }

    public static byte[] Image(string name) => File.ReadAllBytes(SharedData.Require("data/vision/images/" + name));

    /// <summary>Runs frames in batches of the given size; a result, or the error, for each.</summary>
    public static List<(JsonElement Result, RecordError? Error)> Run(IBatchModel model, IEnumerable<MemoryRecord> frames, int batchSize)
    {
        List<(JsonElement, RecordError?)> all = [];
        foreach (var chunk in frames.Chunk(Math.Min(batchSize, model.MaxBatchSize)))
        {
            ResultBatch results = new();
            model.Run(MemoryRecord.Batch(chunk), results);
            Assert.Equal(chunk.Length, results.Count);
            foreach (var result in results.Results)
                all.Add((result.Error is null ? JsonDocument.Parse(results.ValueOf(result).ToArray()).RootElement : default, result.Error));
        }

        return all;
    }

    public static MemoryRecord Frame(byte[] bytes, string camera = "camera-1", int? index = null) => new(Encoding.UTF8.GetBytes(camera), bytes)
    {
        Headers = index is { } frame ? [("frame", Encoding.ASCII.GetBytes(frame.ToString(CultureInfo.InvariantCulture)))] : [],
    };
}
