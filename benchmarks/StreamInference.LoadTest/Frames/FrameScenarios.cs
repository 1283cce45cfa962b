using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using StreamInference.LoadTest.Load;
using StreamInference.Onnx.Vision.Decoding;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Onnx.Vision.Preprocessing;
using StreamInference.Simulation.Vision;

namespace StreamInference.LoadTest.Frames;

/// <summary>Frames through the stream against ONNX Runtime alone on tensors that are decoded already, and what decoding costs.</summary>
internal sealed class FrameScenarios(Cluster cluster, TimeSpan commitInterval)
{
    private const int Partitions = 4;

    /// <summary>Frames per second: the model alone, one thread, decoded tensors; then the stream from JPEG to committed result, in turns.</summary>
    public async Task<double> ThroughputAsync(string model, byte[][] pictures, int frames, int rounds)
    {
        VisionDescription description = Describe(model);
        List<double> alone = [], through = [];
        for (int round = 0; round < rounds; round++)
        {
            alone.Add(RunAlone(description, frames));
            (string input, string output) = await CreateAsync();
            using FrameSender sender = new(cluster.BootstrapServers, input, pictures);
            sender.SendAll(frames);
            await using FramePipeline pipeline = new(cluster.BootstrapServers, input, output, model, commitInterval);
            pipeline.WaitFor(frames);
            through.Add(pipeline.PerSecond);
        }

        double[] ratios = [.. alone.Zip(through, (one, other) => other / one).Order()];
        Print($"{description.Name}: {Median(through):0.0} frames/s through the stream, {Median(alone):0.0} of the model alone on one thread: {ratios[ratios.Length / 2]:0.000} at the median of {rounds} rounds ({ratios[0]:0.000} to {ratios[^1]:0.000})");
        return Median(through);
    }

    /// <summary>Decoding and the way into the tensor, against the library's decoding alone.</summary>
    public static void Decoding(string model, byte[][] pictures)
    {
        VisionDescription description = Describe(model);
        using InferenceSession session = new(description.File);
        int[] axes = session.InputMetadata.Values.First().Dimensions;
        PreprocessSpec preprocess = description.Preprocess with { Fit = description.Preprocess.Fit with { Height = axes[2], Width = axes[3] } };
        FrameDecoder decoder = new(description.Limits);
        TensorWriter writer = new(preprocess);
        byte[] tensor = new byte[preprocess.Bytes];
        byte[] pixels = GC.AllocateUninitializedArray<byte>(4096 * 4096 * 4, pinned: true);
        nint place = Marshal.UnsafeAddrOfPinnedArrayElement(pixels, 0);
        List<double> library = [], ours = [];
        for (int round = 0; round < 7; round++)
        {
            library.Add(Time(pictures, jpeg => FramePictures.DecodeByLibrary(jpeg, place)));
            ours.Add(Time(pictures, jpeg =>
            {
                decoder.Decode(jpeg, preprocess.ScaledDecode ? preprocess.Fit : null);
                writer.Write(decoder.Pixels, decoder.SourceWidth, decoder.SourceHeight, tensor);
            }));
        }

        Print($"{description.Name}: decoding and tensor {Median(ours):0.00} ms a frame, the library's decoding alone {Median(library):0.00}: {Median(ours) / Median(library):0.00}");
    }

    /// <summary>The time from when a frame was due to its committed result, at a rate; the first second, when code is still cold, by itself.</summary>
    public async Task LatencyAsync(string model, byte[][] pictures, double rate, int seconds)
    {
        double one = 1000 / RunAlone(Describe(model), 50);
        (string input, string output) = await CreateAsync();
        using StageTimes stages = new();
        using FrameSender sender = new(cluster.BootstrapServers, input, pictures);
        using FrameLatency latency = new(cluster.BootstrapServers, output, Partitions);
        await using FramePipeline pipeline = new(cluster.BootstrapServers, input, output, model, commitInterval);
        // One frame says that the worker has its partitions.
        sender.SendAll(1);
        latency.Skip();
        stages.Clear();
        int frames = (int)(rate * seconds);
        Task sending = Task.Run(() => sender.SendAt(rate, frames));
        latency.Read(frames);
        await sending;
        double Milliseconds(double percentile) => latency.Rest.GetValueAtPercentile(percentile) / 1000.0;
        Print($"{Describe(model).Name} at {rate:0.0} frames/s: P50 {Milliseconds(50):0.0}, P95 {Milliseconds(95):0.0}, P99 {Milliseconds(99):0.0} ms; the first second P50 {latency.FirstSecond.GetValueAtPercentile(50) / 1000.0:0.0}, P99 {latency.FirstSecond.GetValueAtPercentile(99) / 1000.0:0.0} ms (a frame {one:0.0} ms in the model, commit interval {commitInterval.TotalMilliseconds:0} ms; P50/P99 of stages: {stages})");
    }

    /// <summary>The memory of this process while many frames go through.</summary>
    public async Task MemoryAsync(string model, int frames)
    {
        CameraStream cameras = new(1, cameras: 8);
        byte[][] pictures = [.. Enumerable.Range(0, 64).Select(_ => FramePictures.Resize(cameras.Next(0).Value, PartsCamera.Width, PartsCamera.Height))];
        (string input, string output) = await CreateAsync();
        using FrameSender sender = new(cluster.BootstrapServers, input, pictures);
        await using FramePipeline pipeline = new(cluster.BootstrapServers, input, output, model, commitInterval);
        List<double> resident = [];
        const int step = 1000;
        for (int sent = 0; sent < frames; sent += step)
        {
            sender.SendAll(step);
            pipeline.WaitFor(sent + step);
            if ((sent + step) % (frames / 10) == 0) resident.Add(Environment.WorkingSet / (double)(1 << 20));
        }

        Print($"{Describe(model).Name}: {frames} frames, {pipeline.PerSecond:0} a second; MiB resident at each tenth: {string.Join(' ', resident.Select(mebibytes => $"{mebibytes:0}"))}");
    }

    private static VisionDescription Describe(string model) => VisionDescriptionFile.Load(Path.Combine(model, "1", "model.yaml"));

    private static double RunAlone(VisionDescription description, int frames)
    {
        using SessionOptions options = new() { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        using InferenceSession session = new(description.File, options);
        (string name, NodeMetadata metadata) = session.InputMetadata.First();
        long[] shape = [.. metadata.Dimensions.Select(axis => (long)Math.Max(1, axis))];
        float[] values = new float[shape.Aggregate(1L, (product, axis) => product * axis)];
        Random random = new(1);
        for (int i = 0; i < values.Length; i++) values[i] = random.NextSingle();
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(values, shape);
        using RunOptions run = new();
        using OrtIoBinding binding = session.CreateIoBinding();
        binding.BindInput(name, input);
        foreach (string output in session.OutputNames) binding.BindOutputToDevice(output, OrtMemoryInfo.DefaultInstance);
        for (int i = 0; i < 10; i++) session.RunWithBinding(run, binding);
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < frames; i++) session.RunWithBinding(run, binding);
        return frames / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private async Task<(string Input, string Output)> CreateAsync()
    {
        string suffix = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4));
        (string input, string output) = ($"frames-{suffix}", $"results-{suffix}");
        await cluster.CreateAsync(input, Partitions);
        await cluster.CreateAsync(output, Partitions);
        await cluster.CreateAsync(output + ".dlq", 1);
        return (input, output);
    }

    private static double Time(byte[][] pictures, Action<byte[]> decode)
    {
        long started = Stopwatch.GetTimestamp();
        foreach (byte[] jpeg in pictures) decode(jpeg);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds / pictures.Length;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
