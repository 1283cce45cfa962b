using System.Diagnostics;
using System.Text;
using System.Text.Json;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Vision;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.Simulation.Vision;
using StreamInference.States;
using StreamInference.TestKit;
using StreamInference.TestKit.Fakes;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.Vision;

/// <summary>
/// Worker processes are killed and frozen in the middle of frames; a read_committed reader finds for each frame what an undisturbed model says of it,
/// once, each camera in its order.
/// </summary>
public abstract class VisionChaosSuite
{
    private const int Partitions = 4;
    private const int Cameras = 8;
    private const int Kills = 6;

    /// <summary>The headers of a frame of <see cref="Dim"/>.</summary>
    internal static (string Name, string Value)[] RawFrame { get; } = [("pixel-format", "rgb24"), ("width", "32"), ("height", "24")];

    protected abstract Task<KafkaCluster> ClusterAsync();

    [Fact]
    public async Task Defects_are_found_once_in_each_frame_whatever_is_killed()
    {
        // The same pictures again and again: what is found in each is known.
        CameraStream cameras = new(seed: 11, Cameras);
        SentFrame[] pictures = [.. Enumerable.Range(0, 10 * Cameras).Select(i => cameras.Next(0)).Select(frame => new SentFrame(Encoding.UTF8.GetString(frame.Key), 0, frame.Value, []))];
        SentFrame[] frames = [.. Enumerable.Range(0, 1600).Select(i => Spoiled(pictures[i % pictures.Length] with { Number = i / Cameras }, i))];
        await RunAsync("defects", "detections", frames);
    }

    [Fact]
    public async Task What_is_remembered_of_each_camera_survives_whatever_is_killed()
    {
        Random noise = new(12);
        byte[][] pictures = [.. Enumerable.Range(0, 64).Select(i => Dim(noise, i))];
        SentFrame[] frames =
        [
            .. Enumerable.Range(0, 24_000).Select(i => Spoiled(
                new SentFrame($"camera-{i % Cameras}", i / Cameras, pictures[i * i % pictures.Length], RawFrame), i)),
        ];
        FrameStream stream = await RunAsync("motion", "classes", frames);
        // The chain's length: each good frame took part in its camera's state once.
        Dictionary<string, float> seen = await StatesAsync(stream);
        foreach (var camera in frames.GroupBy(frame => frame.Camera)) Assert.Equal(camera.Count(frame => frame.Value.Length > 1), seen[camera.Key]);
    }

    /// <summary>One frame in a hundred is no picture.</summary>
    private static SentFrame Spoiled(SentFrame frame, int index) => index % 100 == 37 ? frame with { Value = [0] } : frame;

    /// <summary>A small picture of noise.</summary>
    internal static byte[] Dim(Random noise, int index)
    {
        byte[] rgb = new byte[32 * 24 * 3];
        noise.NextBytes(rgb);
        foreach (ref byte sample in rgb.AsSpan()) sample = (byte)(sample >> (index % 5));
        return rgb;
    }

    private async Task<FrameStream> RunAsync(string model, string member, SentFrame[] frames)
    {
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        KafkaCluster cluster = await ClusterAsync();
        FrameStream stream = await FrameStream.CreateAsync(cluster, model, Partitions);
        using (stream)
        {
            Dictionary<string, SentFrame> sent = stream.Feed(frames);
            Assert.Equal(frames.Length, sent.Count);
            Dictionary<SentFrame, string?> expected = Undisturbed(model, member, frames);
            List<(string Source, SentFrame Frame, string? Found)> results = await ReadThroughChaosAsync(cluster, stream, sent, member, seed);

            Assert.Equal(frames.Length, results.Select(result => result.Source).Distinct().Count());
            Assert.Equal(frames.Length, results.Count);
            foreach ((string source, SentFrame frame, string? found) in results) Assert.True(expected[frame] == found, $"{source}, {frame.Camera} {frame.Number}: {found} instead of {expected[frame]} (seed {seed})");
            foreach (var camera in results.Where(result => result.Found is not null).GroupBy(result => result.Frame.Camera))
                Assert.Equal(camera.Select(result => result.Frame.Number).Order(), camera.Select(result => result.Frame.Number));
        }

        return stream;
    }

    private static async Task<List<(string Source, SentFrame Frame, string? Found)>> ReadThroughChaosAsync(
        KafkaCluster cluster, FrameStream stream, Dictionary<string, SentFrame> sent, string member, int seed)
    {
        Random random = new(seed);
        using CommittedReader reader = new(cluster, stream.Topics.Name("reader"), stream.Output, stream.DeadLetters);
        using WorkerProcess first = new(stream.PipelineFile, cluster.BootstrapServers, "a");
        using WorkerProcess second = new(stream.PipelineFile, cluster.BootstrapServers, "b");
        WorkerProcess[] workers = [first, second];
        List<(string, SentFrame, string?)> results = [];
        int kills = 0, freezes = 0;
        Stopwatch quiet = Stopwatch.StartNew();
        while (results.Count < sent.Count || quiet.Elapsed < TimeSpan.FromSeconds(2))
        {
            // What would be repeated comes after the end, so the reader stays for a moment.
            if (reader.Next() is not { } record)
            {
                Assert.True(quiet.Elapsed < TimeSpan.FromSeconds(90), $"Nothing came for {quiet.Elapsed.TotalSeconds:F0} s: {results.Count} of {sent.Count} results (seed {seed}).");
                continue;
            }

            quiet.Restart();
            string source = CommittedReader.SourceOf(record);
            results.Add((source, sent[source], record.Topic == stream.DeadLetters ? null : Found(record.Message.Value!, member)));
            // Kills come by progress, not by time: each hits workers that are in the middle of their transactions.
            if (kills == Kills || results.Count < sent.Count * (kills + 1) / (Kills + 2)) continue;
            WorkerProcess victim = workers[random.Next(workers.Length)];
            kills++;
            if (kills != Kills / 2)
            {
                victim.KillAndRestart();
                continue;
            }

            // Beyond the session, so that the other one takes over; then it goes on: a zombie with work in its hands.
            victim.Freeze();
            await Task.Delay(TimeSpan.FromSeconds(8 + random.Next(3)), TestContext.Current.CancellationToken);
            victim.Thaw();
            freezes++;
        }

        Assert.Equal((Kills, 1), (kills, freezes));
        return results;
    }

    /// <summary>What the model says of each frame when it runs the frames of a camera one by one.</summary>
    internal static Dictionary<SentFrame, string?> Undisturbed(string model, string member, SentFrame[] frames)
    {
        string folder = Path.Combine(SharedData.RepositoryRoot, "models", model, "1");
        using VisionModel undisturbed = VisionModel.Load(VisionDescriptionFile.Load(Path.Combine(folder, "model.yaml")) with { Providers = [ExecutionProvider.Cpu] }, new OnnxSessionFactory());
        Dictionary<SentFrame, string?> expected = [];
        Dictionary<byte[], string?>? known = undisturbed.KeepsState ? null : [];
        PartitionAssignment partition = new("frames", 0);
        MemoryRecordLease lease = new();
        for (int i = 0; i < frames.Length; i++)
        {
            if (known is not null && known.TryGetValue(frames[i].Value, out string? found))
            {
                expected[frames[i]] = found;
                continue;
            }

            MicroBatch batch = new();
            MemoryRecord record = new(Encoding.UTF8.GetBytes(frames[i].Camera), frames[i].Value) { Headers = [.. frames[i].Headers.Select(header => (header.Name, (byte[]?)Encoding.ASCII.GetBytes(header.Value)))] };
            batch.Add(new StreamRecord(lease, lease.Add(record), partition, i, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()), 0);
            ResultBatch results = new();
            undisturbed.Run(batch, results);
            Result result = results.Results[0];
            expected[frames[i]] = result.Error is null ? Found(results.ValueOf(result).ToArray(), member) : null;
            if (known is not null) known[frames[i].Value] = expected[frames[i]];
        }

        return expected;
    }

    /// <summary>A member of a result, as it is written.</summary>
    internal static string Found(byte[] result, string member)
    {
        using JsonDocument document = JsonDocument.Parse(result);
        return document.RootElement.GetProperty(member).GetRawText();
    }

    private async Task<Dictionary<string, float>> StatesAsync(FrameStream stream)
    {
        using CommittedReader reader = new(await ClusterAsync(), stream.Topics.Name("states"), stream.States);
        Dictionary<string, float> seen = [];
        Stopwatch quiet = Stopwatch.StartNew();
        while (seen.Count < Cameras || quiet.Elapsed < TimeSpan.FromSeconds(2))
        {
            Assert.True(quiet.Elapsed < TimeSpan.FromSeconds(60), $"States of {seen.Count} cameras.");
            if (reader.Next() is not { } record) continue;
            quiet.Restart();
            StateCell cell = StateRecord.Read(record.Message.Key, record.Message.Value)!;
            seen[Encoding.UTF8.GetString(cell.Key)] = BitConverter.ToSingle(cell.Value.AsSpan()[^sizeof(float)..]);
        }

        return seen;
    }
}

[Collection(WorkerProcess.Collection)]
public sealed class VisionChaosOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : VisionChaosSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

[Collection(WorkerProcess.Collection)]
public sealed class VisionChaosOnRealKafka(RealKafkaFixture kafka) : VisionChaosSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}
