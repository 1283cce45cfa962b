using System.Text.Json;
using StreamInference.Broker;
using StreamInference.TestKit;

namespace StreamInference.Cli.Tests;

/// <summary>Public models on public pictures through the whole stream: produced, run and read on the embedded broker as a user does it.</summary>
public sealed class VisionStreamTests : IAsyncLifetime
{
    private const double EnoughOverlap = 0.8;

    private const string Yolox = """
        file: {0}/models/yolox_nano_416.onnx
        labels: {0}/labels/coco80.names
        preprocess: {fit: letterbox, colour: bgr, pad: 114}
        postprocess: {kind: yolox, score_threshold: 0.35, nms_threshold: 0.45, clip: false}
        """;

    private const string FastestDet = """
        file: {0}/models/FastestDet_352.onnx
        labels: {0}/labels/coco80.names
        preprocess: {colour: bgr, scale: 0.00392156862745098}
        postprocess: {kind: fastestdet, score_threshold: 0.6, nms_threshold: 0.45, clip: false}
        """;

    private const string UltraFace = """
        file: {0}/models/ultraface-RFB-320.onnx
        labels: [face]
        preprocess: {mean: 127, std: 128}
        postprocess: {kind: ultraface, score_threshold: 0.7, nms_threshold: 0.3, clip: false}
        """;

    private const string ShuffleNet = """
        file: {0}/models/shufflenet-v2-12-int8.onnx
        labels: {0}/labels/imagenet_synset.txt
        labels_skip_words: 1
        preprocess: {fit: crop, resize_short: 256, scale: 0.00392156862745098, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}
        postprocess: {kind: classification, top_k: 5}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("vision-").FullName;
    private EmbeddedBroker _broker = null!;

    public async ValueTask InitializeAsync() =>
        _broker = await EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions { AutoCreateTopics = true }, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task All_frames_of_the_person_video_come_in_order_with_their_boxes(int batchSize)
    {
        JsonElement[] expected = [.. File.ReadLines(SharedData.Require("data/vision/expected/video_person.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

        JsonElement[] results = await StreamAsync(Yolox, SharedData.Require("data/vision/video/person"), expected.Length, batchSize);

        Assert.Equal(Enumerable.Range(0, 200), results.Select(result => result.GetProperty("frame").GetInt32()));
        Assert.Equal(189, results.Select((result, i) => AssertFound(expected[i].GetProperty("yolox_nano"), result, $"frame {i}")).Sum());
    }

    [Theory]
    [InlineData(Yolox, "yolox_nano")]
    [InlineData(FastestDet, "fastestdet")]
    [InlineData(UltraFace, "ultraface")]
    public async Task Every_expected_box_of_the_pictures_is_found(string model, string key)
    {
        (string[] names, JsonElement images) = Images();

        JsonElement[] results = await StreamAsync(model, SharedData.Require("data/vision/images"), names.Length, 8);

        int boxes = 0;
        for (int i = 0; i < names.Length; i++)
            if (images.TryGetProperty(names[i], out JsonElement image) && image.TryGetProperty(key, out JsonElement wanted)) boxes += AssertFound(wanted, results[i], names[i]);
        Assert.True(boxes > 5, $"{boxes} boxes were compared");
    }

    [Fact]
    public async Task Every_picture_has_its_expected_label()
    {
        (string[] names, JsonElement images) = Images();

        JsonElement[] results = await StreamAsync(ShuffleNet, SharedData.Require("data/vision/images"), names.Length, 8);

        int compared = 0;
        for (int i = 0; i < names.Length; i++)
        {
            if (!images.TryGetProperty(names[i], out JsonElement image) || !image.TryGetProperty("shufflenet_top5", out JsonElement wanted)) continue;
            Assert.Equal(wanted[0].GetProperty("label").GetString(), results[i].GetProperty("classes")[0].GetProperty("label").GetString());
            compared++;
        }

        Assert.True(compared > 15, $"{compared} labels were compared");
    }

    /// <summary>Pictures through a pipeline of their own; the results in the order in which they were committed.</summary>
    private async Task<JsonElement[]> StreamAsync(string model, string pictures, int count, int batchSize)
    {
        string version = Directory.CreateDirectory(Path.Combine(_folder, "model", "1")).FullName;
        string yaml = model.Replace("{0}", SharedData.Require("data/vision"), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(version, "model.yaml"), $"name: model\nversion: 1\nkind: vision\n{yaml}");
        string pipeline = Path.Combine(_folder, "pipeline.yaml");
        File.WriteAllText(pipeline, $$"""
            name: pictures
            kind: vision
            input: { topic: frames, max_record_bytes: 8MiB }
            output: { topic: results }
            model: { path: model }
            batch: { policy: fixed, max_size: {{batchSize}}, max_wait: 5ms }
            kafka: { bootstrap.servers: "{{_broker.BootstrapServers}}" }
            """);
        using CliRunner topics = new();
        File.WriteAllText(Path.Combine(_folder, "topics.yaml"), """
            topics:
              - { name: frames, partitions: 1, configs: { max.message.bytes: 8388608 } }
              - { name: results, partitions: 1 }
              - { name: frames.dlq, partitions: 1, configs: { max.message.bytes: 8388608 } }
            """);
        Assert.True(await topics.Start("topics", "apply", _folder, "-b", _broker.BootstrapServers) == ExitCodes.Ok, topics.Error);
        using CliRunner produce = await CliRunner.Run("produce", "frames", "--frames", pictures, "-X", "message.max.bytes=8388608", "-b", _broker.BootstrapServers);
        Assert.True(produce.ExitCode == ExitCodes.Ok, produce.Error);
        using CliRunner run = new();
        Task<int> running = run.Start("run", pipeline);
        using CliRunner tail = await CliRunner.Run("tail", "results", "frames.dlq", "--from", "beginning", "--count", $"{count}", "-b", _broker.BootstrapServers);
        run.Interrupt();
        Assert.True(await running == ExitCodes.Ok, run.Error);
        return [.. tail.OutLines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("value"))];
    }

    private static (string[] Names, JsonElement Expected) Images()
    {
        string[] names = [.. Directory.GetFiles(SharedData.Require("data/vision/images")).Order(StringComparer.Ordinal).Select(file => Path.GetFileName(file))];
        return (names, JsonDocument.Parse(File.ReadAllText(SharedData.Require("data/vision/expected/images.json"))).RootElement.GetProperty("images"));
    }

    private static int AssertFound(JsonElement expected, JsonElement result, string name)
    {
        JsonElement[] found = [.. result.GetProperty("detections").EnumerateArray()];
        foreach (JsonElement wanted in expected.EnumerateArray())
        {
            double[] box = Box(wanted, "box_xyxy");
            double best = found.Where(other => other.GetProperty("class_id").GetInt32() == wanted.GetProperty("class_id").GetInt32())
                .Select(other => Overlap(Box(other, "box"), box)).DefaultIfEmpty(0).Max();
            Assert.True(best > EnoughOverlap, $"{name}: {wanted} overlaps {best:F3}");
        }

        return expected.GetArrayLength();
    }

    private static double[] Box(JsonElement item, string key) => [.. item.GetProperty(key).EnumerateArray().Select(number => number.GetDouble())];

    private static double Overlap(double[] a, double[] b)
    {
        double width = Math.Min(a[2], b[2]) - Math.Max(a[0], b[0]), height = Math.Min(a[3], b[3]) - Math.Max(a[1], b[1]);
        double both = Math.Max(0, width) * Math.Max(0, height);
        return both / (((a[2] - a[0]) * (a[3] - a[1])) + ((b[2] - b[0]) * (b[3] - b[1])) - both);
    }
}
