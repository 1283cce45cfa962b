using System.Text.Json;
using StreamInference.Broker;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;
using StreamInference.Simulation.Vision;
using StreamInference.TestKit;

namespace StreamInference.Cli.Tests;

/// <summary>The way of frames through the command line: from pictures to drawn results.</summary>
public sealed class FrameCommandTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("frames-").FullName;
    private EmbeddedBroker _broker = null!;

    public async ValueTask InitializeAsync() =>
        _broker = await EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions { AutoCreateTopics = true }, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Each_camera_sends_every_picture_with_its_number_in_the_order_of_the_names()
    {
        WritePictures(3);
        File.WriteAllText(Path.Combine(_folder, "notes.txt"), "not a picture");
        using CliRunner produce = await CliRunner.Run("produce", "t", "--frames", _folder, "--camera", "left", "--camera", "right", "-b", _broker.BootstrapServers);
        Assert.True(produce.ExitCode == ExitCodes.Ok, produce.Error);

        TopicRecord[] records = Read("t", 6);

        foreach (string camera in new[] { "left", "right" })
        {
            TopicRecord[] own = [.. records.Where(record => record.Key.AsSpan().SequenceEqual(System.Text.Encoding.UTF8.GetBytes(camera)))];
            Assert.Equal(["0", "1", "2"], own.Select(record => record.Header("frame")));
            for (int i = 0; i < 3; i++) Assert.Equal(File.ReadAllBytes(Picture(i)), own[i].Value);
            Assert.All(own, record => Assert.True(long.Parse(record.Header("timestamp")!, System.Globalization.CultureInfo.InvariantCulture) > 0));
        }
    }

    [Fact]
    public async Task A_pattern_a_loop_and_references_are_as_asked()
    {
        WritePictures(4);
        using CliRunner produce = await CliRunner.Run(
            "produce", "t", "--frames", Path.Combine(_folder, "frame-00?.png"), "--loop", "--count", "9", "--as-references", "-b", _broker.BootstrapServers);
        Assert.True(produce.ExitCode == ExitCodes.Ok, produce.Error);

        TopicRecord[] records = Read("t", 9);

        Assert.Equal(Enumerable.Range(0, 9).Select(i => $"frame-00{i % 4}.png"), records.Select(record => record.Header("file")));
        Assert.Equal(Enumerable.Range(0, 9).Select(i => $"{i}"), records.Select(record => record.Header("frame")));
        Assert.All(records, record => Assert.Null(record.Value));
        Assert.All(records, record => Assert.Equal(Path.GetFileName(_folder), System.Text.Encoding.UTF8.GetString(record.Key!)));
    }

    [Fact]
    public async Task Results_are_drawn_into_their_frames_and_shown_on_a_page()
    {
        string topics = Path.Combine(SharedData.RepositoryRoot, "topics", "vision");
        using CliRunner apply = await CliRunner.Run("topics", "apply", topics, "-b", _broker.BootstrapServers);
        Assert.True(apply.ExitCode == ExitCodes.Ok, apply.Error);
        using CliRunner produce = await CliRunner.Run("produce", "frames", "--simulate-cameras", "2", "--count", "20", "-b", _broker.BootstrapServers);
        Assert.True(produce.ExitCode == ExitCodes.Ok, produce.Error);
        using CliRunner broken = new() { Input = "no picture\n" };
        await broken.Start("produce", "frames", "-b", _broker.BootstrapServers);
        using CliRunner run = new();
        Task<int> running = run.Start("run", Path.Combine(topics, "pipeline.yaml"), "-b", _broker.BootstrapServers);
        (string drawn, string sheet) = (Path.Combine(_folder, "drawn"), Path.Combine(_folder, "sheet.html"));

        using CliRunner tail = await CliRunner.Run(
            "tail", "frames.detections", "frames.dlq", "--from", "beginning", "--count", "21", "--draw", drawn, "--contact-sheet", sheet, "-b", _broker.BootstrapServers);
        run.Interrupt();
        await running;

        Assert.True(tail.ExitCode == ExitCodes.Ok, tail.Error);
        Assert.Contains("20 frames drawn", tail.Error, StringComparison.Ordinal);
        Assert.Contains("1 not drawn: dead letters (broken_image)", tail.Error, StringComparison.Ordinal);
        string[] files = Directory.GetFiles(drawn);
        Assert.Equal(10, files.Count(file => Path.GetFileName(file).StartsWith("camera-1-", StringComparison.Ordinal)));
        Assert.Equal(10, files.Count(file => Path.GetFileName(file).StartsWith("camera-2-", StringComparison.Ordinal)));
        Assert.All(files, file => Assert.Equal([0xff, 0xd8], File.ReadAllBytes(file)[..2]));
        string page = File.ReadAllText(sheet);
        Assert.Equal(20, page.Split("data:image/jpeg;base64,").Length - 1);
        string label = tail.OutLines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("value"))
            .Where(value => value.ValueKind == JsonValueKind.Object).SelectMany(value => value.GetProperty("detections").EnumerateArray()).First().GetProperty("label").GetString()!;
        Assert.Contains(label, page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--frames", "no-such-folder")]
    [InlineData("--simulate-cameras", "0")]
    [InlineData("--simulate", "--simulate-cameras", "1")]
    public async Task A_wrong_option_is_a_usage_error(params string[] args)
    {
        using CliRunner run = await CliRunner.Run(["produce", "t", .. args]);
        Assert.True(run.ExitCode == ExitCodes.Usage, run.Error);
    }

    private string Picture(int index) => Path.Combine(_folder, $"frame-00{index}.png");

    private void WritePictures(int count)
    {
        CameraStream camera = new(cameras: 1);
        for (int i = 0; i < count; i++) File.WriteAllBytes(Picture(i), camera.Next(0).Value);
    }

    private TopicRecord[] Read(string topic, int count)
    {
        using TopicReader reader = new(KafkaSettings.For(_broker.BootstrapServers), new TopicReaderOptions { Topics = [topic], From = new ReadFrom.Beginning() });
        List<TopicRecord> records = [];
        while (records.Count < count)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            if (reader.TryRead(TimeSpan.FromMilliseconds(100), out TopicRecord? record)) records.Add(record);
        }

        return [.. records];
    }
}
