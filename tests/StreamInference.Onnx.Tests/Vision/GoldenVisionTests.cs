using System.Text.Json;
using StreamInference.Onnx.Vision;
using StreamInference.Onnx.Vision.Postprocessing;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Vision;

/// <summary>Public models on public pictures, against what another runtime and other image code found in them.</summary>
public sealed class GoldenVisionTests
{
    private const float EnoughOverlap = 0.8f;

    [Fact]
    public void ShuffleNet_names_every_picture_as_expected()
    {
        using VisionModel model = SharedModels.Load(SharedModels.ShuffleNet);
        foreach (var (name, expected) in ExpectedImages())
        {
            var result = RunOne(model, name);
            var best = result.GetProperty("classes")[0];
            Assert.Equal(expected.GetProperty("shufflenet_top5")[0].GetProperty("label").GetString(), best.GetProperty("label").GetString());
            Assert.Equal(5, result.GetProperty("classes").GetArrayLength());
        }
    }

    [Fact]
    public void Mnist_reads_the_nine()
    {
        using VisionModel model = SharedModels.Load(SharedModels.Mnist);
        Assert.Equal(9, RunOne(model, "coral_mnist_nine.bmp").GetProperty("classes")[0].GetProperty("class_id").GetInt32());
    }

    [Fact]
    public void Yolox_finds_every_expected_box() => AssertFindsAll(SharedModels.Yolox, "yolox_nano");

    [Fact]
    public void FastestDet_finds_every_expected_box() => AssertFindsAll(SharedModels.FastestDet, "fastestdet");

    [Fact]
    public void UltraFace_finds_every_expected_face() => AssertFindsAll(SharedModels.UltraFace, "ultraface");

    [Fact]
    public void NanoDet_finds_what_yolox_is_sure_of()
    {
        // No other runtime's boxes are at hand for it: a second detector has to do, and two detectors draw different boxes.
        using VisionModel model = SharedModels.Load(SharedModels.NanoDet);
        int sure = 0, found = 0;
        foreach (var (name, expected) in ExpectedImages())
        {
            var boxes = Boxes(RunOne(model, name).GetProperty("detections"), "box");
            foreach (var box in Boxes(expected.GetProperty("yolox_nano"), "box_xyxy").Where(box => box.Score > 0.8))
            {
                sure++;
                if (boxes.Any(other => other.ClassId == box.ClassId && other.Box.IntersectionOverUnion(box.Box) > 0.7)) found++;
            }
        }

        Assert.True(sure >= 15, $"{sure} sure boxes");
        Assert.True(found >= sure * 0.9, $"{found} of {sure}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void All_frames_of_the_person_video_give_their_boxes_in_order(int batchSize)
    {
        using VisionModel model = SharedModels.Load(SharedModels.Yolox);
        string folder = SharedData.Require("data/vision/video/person");
        string[] files = [.. Directory.GetFiles(folder, "*.jpg").Order(StringComparer.Ordinal)];
        var expected = File.ReadLines(SharedData.Require("data/vision/expected/video_person.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(200, files.Length);
        Assert.Equal(files.Length, expected.Length);

        var results = SharedModels.Run(model, files.Select((file, i) => SharedModels.Frame(File.ReadAllBytes(file), "person", i)), batchSize);

        int boxes = 0;
        for (int i = 0; i < files.Length; i++)
        {
            Assert.Equal(i, results[i].Result.GetProperty("frame").GetInt32());
            Assert.Equal("person", results[i].Result.GetProperty("camera").GetString());
            boxes += AssertFound(expected[i].GetProperty("yolox_nano"), results[i].Result, files[i]);
        }

        Assert.Equal(189, boxes);
    }

    [Fact]
    public void A_batch_of_several_frames_gives_what_each_gives_alone()
    {
        using VisionModel model = SharedModels.Load(SharedModels.Yolox);
        string[] names = [.. ExpectedImages().Select(image => image.Name).Take(8)];

        var together = SharedModels.Run(model, names.Select(name => SharedModels.Frame(SharedModels.Image(name))), 8);

        for (int i = 0; i < names.Length; i++) Assert.Equal(RunOne(model, names[i]).ToString(), together[i].Result.ToString());
    }

    private static void AssertFindsAll(string yaml, string key)
    {
        using VisionModel model = SharedModels.Load(yaml);
        int boxes = 0;
        foreach (var (name, expected) in ExpectedImages()) boxes += AssertFound(expected.GetProperty(key), RunOne(model, name), name);
        Assert.True(boxes > 5, $"{boxes} boxes were compared");
    }

    private static int AssertFound(JsonElement expected, JsonElement result, string name)
    {
        var found = Boxes(result.GetProperty("detections"), "box");
        var wanted = Boxes(expected, "box_xyxy");
        foreach (var box in wanted)
        {
            float best = found.Where(other => other.ClassId == box.ClassId).Select(other => other.Box.IntersectionOverUnion(box.Box)).DefaultIfEmpty(0).Max();
            Assert.True(best > EnoughOverlap, $"{name}: class {box.ClassId} score {box.Score} overlaps {best:F3}; found {string.Join("; ", found)}");
        }

        return wanted.Count;
    }

    private static List<Detection> Boxes(JsonElement list, string key) =>
    [
        .. from item in list.EnumerateArray()
           let box = item.GetProperty(key)
           select new Detection(
               item.GetProperty("class_id").GetInt32(),
               item.GetProperty("score").GetSingle(),
               new BoundingBox(box[0].GetSingle(), box[1].GetSingle(), box[2].GetSingle(), box[3].GetSingle())),
    ];

    private static JsonElement RunOne(VisionModel model, string image)
    {
        var (result, error) = Assert.Single(SharedModels.Run(model, [SharedModels.Frame(SharedModels.Image(image))], 1));
        Assert.Null(error);
        return result;
    }

    private static IEnumerable<(string Name, JsonElement Expected)> ExpectedImages()
    {
        using var file = File.OpenRead(SharedData.Require("data/vision/expected/images.json"));
        foreach (var image in JsonDocument.Parse(file).RootElement.GetProperty("images").EnumerateObject()) yield return (image.Name, image.Value);
    }
}
