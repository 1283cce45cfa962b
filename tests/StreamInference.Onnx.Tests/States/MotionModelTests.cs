using System.Text.Json;
using CsCheck;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Vision;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Simulation.Vision;
using StreamInference.TestKit;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Onnx.Tests.States;

/// <summary>The model of our own that carries two tensors from frame to frame.</summary>
public sealed class MotionModelTests
{
    private const int Width = 32;
    private const int Height = 24;

    [Fact]
    public void Motion_is_the_distance_from_the_mean_of_the_frames_before()
    {
        using VisionModel model = Load();
        byte[][] frames = [.. Enumerable.Range(0, 40).Select(i => Noise(i))];

        var results = new KeyedRun().Run(model, frames.Select(frame => Raw("a", frame)), 16);

        double[] background = new double[Width * Height];
        for (int i = 0; i < frames.Length; i++)
        {
            double change = 0, rate = Math.Max(1.0 / (i + 1), 0.05);
            for (int pixel = 0; pixel < background.Length; pixel++)
            {
                double gray = (frames[i][3 * pixel] + frames[i][(3 * pixel) + 1] + frames[i][(3 * pixel) + 2]) / 3.0 / 255;
                change += Math.Abs(gray - background[pixel]) / background.Length;
                background[pixel] += rate * (gray - background[pixel]);
            }

            if (i == 0) change = 0;
            Assert.Equal(change / (change + 0.02), Moving(results[i].Result), 2e-4);
        }
    }

    [Fact]
    public void Cameras_in_any_order_batch_and_with_restarts_give_what_each_gives_alone() =>
        Gen.Select(Gen.Int[0, 3].Array[1, 50], Gen.Int[1, 16], Gen.Int[0, 50]).Sample(
            (cameras, batchSize, restart) =>
            {
                MemoryRecord[] records = [.. cameras.Select((camera, i) => i % 9 == 4 ? MemoryRecord.Of($"{camera}", "no picture") : Raw($"{camera}", Noise(i)))];
                KeyedRun run = new();
                int at = Math.Min(restart, records.Length);
                var together = run.Run(Model, records[..at], batchSize);
                run.Restart();
                together.AddRange(run.Run(Model, records[at..], batchSize));
                foreach (int camera in cameras.Distinct())
                {
                    int[] own = [.. Enumerable.Range(0, cameras.Length).Where(i => cameras[i] == camera)];
                    var alone = new KeyedRun().Run(Model, own.Select(i => records[i]), 1);
                    for (int i = 0; i < own.Length; i++)
                    {
                        Assert.Equal(alone[i].Error?.Code, together[own[i]].Error?.Code);
                        if (alone[i].Error is null) Assert.Equal(Moving(alone[i].Result), Moving(together[own[i]].Result));
                    }

                    Assert.Equal(alone.Count(result => result.Error is null), SeenBy(run, camera, cameras.Length));
                }
            },
            iter: 60, threads: 1);

    [Fact]
    public void The_simulated_belt_moves_and_a_frozen_picture_does_not()
    {
        using VisionModel model = Load();
        CameraStream belt = new(cameras: 1);
        MemoryRecord[] moving = [.. Enumerable.Range(0, 20).Select(i => new MemoryRecord("belt"u8.ToArray(), belt.Next(i).Value))];

        var results = new KeyedRun().Run(model, [.. moving, .. Enumerable.Repeat(moving[3] with { Key = "frozen"u8.ToArray() }, 20)], 8);

        Assert.Equal("moving", results[19].Result.GetProperty("classes")[0].GetProperty("label").GetString());
        Assert.Equal("still", results[39].Result.GetProperty("classes")[0].GetProperty("label").GetString());
        Assert.Equal(0, Moving(results[20].Result));
    }

    [Theory]
    [InlineData("output: background_next", "output: seen_next", "is there twice")]
    [InlineData("output: background_next", "output: scores", "not of the type and shape")]
    [InlineData("input: seen", "input: none", "2 inputs without a state")]
    [InlineData("- { input: seen, output: seen_next }", "", "2 inputs without a state")]
    public void What_does_not_fit_is_refused_at_load(string was, string isNow, string message)
    {
        string folder = Path.Combine(SharedData.RepositoryRoot, "models", "motion", "1");
        string yaml = File.ReadAllText(Path.Combine(folder, "model.yaml"));
        Assert.Contains(was, yaml, StringComparison.Ordinal);
        ModelLoadException refused = Assert.ThrowsAny<ModelLoadException>(
            () => VisionModel.Load(VisionDescriptionFile.Read(yaml.Replace(was, isNow, StringComparison.Ordinal), Path.Combine(folder, "model.yaml")), new OnnxSessionFactory()).Dispose());
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    private static VisionModel Model { get; } = Load();

    private static float SeenBy(KeyedRun run, int camera, int records) =>
        run.Committed.Below(records, out _).Find(System.Text.Encoding.ASCII.GetBytes($"{camera}")) is { } cell ? BitConverter.ToSingle(cell.Value.AsSpan()[^4..]) : 0;

    private static double Moving(JsonElement result) =>
        result.GetProperty("classes").EnumerateArray().Single(one => one.GetProperty("label").GetString() == "moving").GetProperty("score").GetDouble();

    private static byte[] Noise(int seed)
    {
        byte[] rgb = new byte[Width * Height * 3];
        new Random(seed).NextBytes(rgb);
        return rgb;
    }

    private static MemoryRecord Raw(string camera, byte[] rgb) => new(System.Text.Encoding.ASCII.GetBytes(camera), rgb)
    {
        Headers = [("pixel-format", "rgb24"u8.ToArray()), ("width", "32"u8.ToArray()), ("height", "24"u8.ToArray())],
    };

    private static VisionModel Load() => VisionModel.Load(
        VisionDescriptionFile.Load(Path.Combine(SharedData.RepositoryRoot, "models", "motion", "1", "model.yaml")), new OnnxSessionFactory());
}
