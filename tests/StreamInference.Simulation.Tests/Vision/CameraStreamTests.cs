using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using StreamInference.Configuration;
using StreamInference.Simulation.Vision;
using StreamInference.TestKit;

namespace StreamInference.Simulation.Tests.Vision;

public sealed class CameraStreamTests
{
    private static readonly string Folder = Path.Combine(SharedData.RepositoryRoot, "topics", "vision");
    private static readonly JsonSchema Headers = JsonSchema.FromText(File.ReadAllText(Path.Combine(Folder, "frame-headers.schema.json")));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cameras_take_turns_and_number_their_frames(bool raw)
    {
        CameraStream stream = new(seed: 5, cameras: 3, raw);
        for (int i = 0; i < 9; i++)
        {
            var record = stream.Next(timestamp: 1000 + i);
            CameraFrame expected = new(PartsCamera.Width, PartsCamera.Height);
            new PartsCamera(5 + (ulong)(i % 3)).Draw(i / 3, expected);

            Assert.Equal($"camera-{i % 3 + 1}", Encoding.UTF8.GetString(record.Key));
            Assert.Equal(expected.Defects, record.Defects);
            Assert.Equal(raw ? expected.Rgb : PngEncoder.Encode(expected.Rgb, expected.Width, expected.Height), record.Value);
            var headers = record.Headers.ToDictionary(header => header.Key, header => Encoding.UTF8.GetString(header.Value!));
            Assert.Equal(($"{i / 3}", $"{1000 + i}"), (headers["frame"], headers["timestamp"]));
            Assert.Equal(raw, headers.ContainsKey("pixel-format"));
            AssertValid(headers, true);
        }
    }

    [Fact]
    public void Headers_that_do_not_say_the_size_of_raw_pixels_are_not_valid()
    {
        AssertValid(new() { ["pixel-format"] = "rgb24", ["width"] = "3" }, false);
        AssertValid(new() { ["pixel-format"] = "yuv" }, false);
        AssertValid(new() { ["frame"] = "x" }, false);
    }

    [Fact]
    public void The_vision_pipeline_is_valid_and_its_model_is_there()
    {
        PipelineConfig config = PipelineConfigFile.Load(Path.Combine(Folder, "pipeline.yaml"));
        Assert.Equal(1, ModelFolder.Find(config.Model).Version);
        Assert.Equal("vision", ModelFolder.Find(config.Model).ReadKind());
        string topics = File.ReadAllText(Path.Combine(Folder, "topics.yaml"));
        foreach (string topic in new[] { config.Input.Topic, config.Output.Topic, config.DeadLetterTopic }) Assert.Contains($"- name: {topic}\n", topics, StringComparison.Ordinal);
    }

    private static void AssertValid(Dictionary<string, string> headers, bool isValid)
    {
        JsonObject json = new(headers.Select(header => KeyValuePair.Create(header.Key, (JsonNode?)header.Value)));
        Assert.Equal(isValid, Headers.Evaluate(JsonSerializer.SerializeToElement(json)).IsValid);
    }
}
