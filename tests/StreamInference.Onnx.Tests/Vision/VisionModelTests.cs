using System.Text;
using SkiaSharp;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Vision;
using StreamInference.Onnx.Vision.Decoding;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.TestKit;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Onnx.Tests.Vision;

/// <summary>The way from records to results, on a model that gives back its pixels: 2 x 2 frames in, one "class" per value out.</summary>
public sealed class VisionModelTests : IDisposable
{
    private const int Values = 12;
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<int?> BatchAxes => new() { (int?)null, 1, 4 };

    [Theory]
    [MemberData(nameof(BatchAxes))]
    public void Each_record_has_its_own_result_whatever_the_batch_axis(int? batchAxis)
    {
        using VisionModel model = Load(batchAxis, decodeThreads: 3);
        Assert.Equal(batchAxis, model.FramesPerRun);
        MemoryRecord[] frames = [.. Enumerable.Range(0, 37).Select(i => i % 5 == 3 ? SharedModels.Frame([1, 2, 3]) : Flat((byte)i, i))];

        for (int round = 0; round < 3; round++)
        {
            var results = SharedModels.Run(model, frames, 8);

            for (int i = 0; i < frames.Length; i++)
            {
                Assert.Equal(i % 5 == 3 ? RecordErrorCodes.BrokenImage : null, results[i].Error?.Code);
                if (i % 5 == 3) continue;
                Assert.Equal(i, results[i].Result.GetProperty("frame").GetInt32());
                Assert.Equal(i, results[i].Result.GetProperty("classes")[0].GetProperty("score").GetSingle(), 0.05f);
            }
        }
    }

    [Fact]
    public void Outputs_of_undeclared_shape_are_taken_as_they_come()
    {
        // Values per frame are declared free, as exporters leave them.
        TinyOnnx graph = new TinyOnnx().Input("frames", null, 3, 2, 2).Output("classes", null, null).Node("Flatten", ["frames"], ["classes"]);
        using VisionModel model = Load(graph.ToBytes(), 1, false);
        Assert.Null(model.FramesPerRun);

        var results = SharedModels.Run(model, Enumerable.Range(0, 21).Select(i => Flat((byte)i, i)), 8);

        for (int i = 0; i < results.Count; i++) Assert.Equal(i, results[i].Result.GetProperty("classes")[0].GetProperty("score").GetSingle(), 0.05f);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Frames_that_depend_on_each_other_run_alone_unless_that_is_allowed(bool allowed)
    {
        // Each value minus the mean of the whole batch: 0 for a flat frame alone.
        TinyOnnx graph = new TinyOnnx().Input("frames", null, 3, 2, 2).Output("classes", null, Values)
            .Node("ReduceMean", ["frames"], ["mean"]).Node("Sub", ["frames", "mean"], ["rest"]).Node("Flatten", ["rest"], ["classes"]);
        using VisionModel model = Load(graph.ToBytes(), 1, false, allowed ? "allow_row_dependence: true" : "");
        Assert.Equal(allowed ? null : 1, model.FramesPerRun);

        var results = SharedModels.Run(model, Enumerable.Range(0, 8).Select(i => Flat((byte)(i * 10), i)), 8);

        Assert.Equal(!allowed, results.TrueForAll(result => Math.Abs(result.Result.GetProperty("classes")[0].GetProperty("score").GetSingle()) < 0.05f));
    }

    [Fact]
    public async Task A_runner_prepares_batches_ahead_and_keeps_their_order()
    {
        await using BatchModelRunner runner = new(Load(null, decodeThreads: 2), TimeProvider.System);
        int submitted = 0, read = 0;
        while (read < 50)
        {
            while (submitted < 50 && runner.TrySubmit(MemoryRecord.Batch([Flat((byte)submitted, submitted), Flat((byte)submitted, submitted)]))) submitted++;
            var results = await runner.Results.ReadAsync(TestContext.Current.CancellationToken);
            Assert.All(results.Results.ToArray(), result => Assert.StartsWith(
                $$"""{"camera":"camera-1","frame":{{read}},""", Encoding.UTF8.GetString(results.ValueOf(result)), StringComparison.Ordinal));
            runner.Recycle(results);
            read++;
        }
    }

    [Fact]
    public void Raw_frames_a_file_reference_and_what_is_wrong_with_them()
    {
        using VisionModel model = Load(null, fileRoot: true);
        Directory.CreateDirectory(Path.Combine(_folder.Path, "frames"));
        _folder.Write("frames/a.png", Pictures.Png(2, 2, 8, 0, [9, 9, 9, 9]));
        _folder.Write("secret.png", Pictures.Png(2, 2, 8, 0, [9, 9, 9, 9]));
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "frames", "link.png"), Path.Combine(_folder.Path, "secret.png"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "frames", "up"), _folder.Path);

        var results = SharedModels.Run(
            model,
            [
                Raw(new byte[12], ("pixel-format", "rgb24"), ("width", "2"), ("height", "2")),
                Raw(new byte[11], ("pixel-format", "rgb24"), ("width", "2"), ("height", "2")),
                Raw(new byte[12], ("pixel-format", "yuv"), ("width", "2"), ("height", "2")),
                Raw(new byte[12], ("pixel-format", "rgb24"), ("width", "two")),
                Raw(new byte[12], ("pixel-format", "rgb24"), ("width", "99999999999"), ("height", "99999999999")),
                Raw([], ("file", "a.png")),
                Raw([], ("file", "../secret.png")),
                Raw([], ("file", Path.Combine(_folder.Path, "secret.png"))),
                Raw([], ("file", "link.png")),
                Raw([], ("file", "up/secret.png")),
                Raw([], ("file", "none.png")),
                Raw([]),
                new MemoryRecord(null, null),
            ],
            8);

        string?[] codes =
        [
            null, RecordErrorCodes.BrokenImage, RecordErrorCodes.BrokenImage, RecordErrorCodes.BrokenImage, RecordErrorCodes.ImageTooLarge, null,
            RecordErrorCodes.BrokenImage, RecordErrorCodes.BrokenImage, RecordErrorCodes.BrokenImage, RecordErrorCodes.BrokenImage, RecordErrorCodes.BrokenImage,
            RecordErrorCodes.EmptyValue,
            RecordErrorCodes.NullValue,
        ];
        Assert.Equal(codes, results.Select(result => result.Error?.Code));
        Assert.Equal(9, results[5].Result.GetProperty("classes")[0].GetProperty("score").GetSingle(), 0.05f);
    }

    [Fact]
    public void A_frame_that_makes_the_output_infinite_is_a_failure_of_its_own()
    {
        // 1 / pixel: black frames have no finite class.
        TinyOnnx graph = new TinyOnnx().Input("frames", null, 3, 2, 2).Output("classes", null, Values)
            .Node("Reciprocal", ["frames"], ["inverse"]).Node("Flatten", ["inverse"], ["classes"]);
        using VisionModel model = Load(graph.ToBytes(), 2, false);

        var results = SharedModels.Run(model, [Flat(4, 0), Flat(0, 1), Flat(2, 2)], 8);

        Assert.Equal([null, RecordErrorCodes.InvalidOutput, null], results.Select(result => result.Error?.Code));
        Assert.Equal(0.25f, results[0].Result.GetProperty("classes")[0].GetProperty("score").GetSingle(), 0.001f);
    }

    [Fact]
    public void The_result_names_camera_frame_time_and_size()
    {
        using VisionModel model = Load(null);
        byte[] jpeg = Pictures.Encode(Pictures.Quadrants(640, 480), 640, 480, SKEncodedImageFormat.Jpeg);
        MemoryRecord record = new("key"u8.ToArray(), jpeg) { Headers = [("camera", "north"u8.ToArray()), ("frame", "7"u8.ToArray()), ("timestamp", "123"u8.ToArray())] };

        var named = SharedModels.Run(model, [record], 1)[0].Result;
        var bare = SharedModels.Run(model, [new MemoryRecord([0xff], jpeg)], 1)[0].Result;

        Assert.StartsWith("""{"camera":"north","frame":7,"timestamp":123,"width":640,"height":480,"model":"echo","version":1,"classes":[""", named.GetRawText(), StringComparison.Ordinal);
        Assert.StartsWith("""{"timestamp":0,"width":640,"height":480,""", bare.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_steady_stream_allocates_little_more_than_the_codec()
    {
        using VisionModel model = Load(null, decodeThreads: 0);
        FrameDecoder decoder = new(new FrameLimits());
        MicroBatch batch = MemoryRecord.Batch(Enumerable.Range(0, 8).Select(i => Flat((byte)i, i)));
        ResultBatch results = new();

        long ours = AllocatedBytes.Least(() =>
        {
            results.Clear();
            model.Run(batch, results);
        });
        long codec = AllocatedBytes.Least(() =>
        {
            foreach (ref readonly StreamRecord record in batch.Records) Assert.False(decoder.Decode(record.Value).Failed);
        });

        // The rest is the enumerators of the fake lease's headers.
        Assert.InRange((ours - codec) / 8, 0, 400);
    }

    public void Dispose() => _folder.Dispose();

    private VisionModel Load(int? batchAxis, int decodeThreads = 1, bool fileRoot = false)
    {
        TinyOnnx graph = new TinyOnnx().Input("frames", batchAxis, 3, 2, 2).Output("classes", batchAxis, Values).Node("Flatten", ["frames"], ["classes"]);
        return Load(graph.ToBytes(), decodeThreads, fileRoot);
    }

    private VisionModel Load(byte[] graph, int decodeThreads, bool fileRoot, string line = "")
    {
        _folder.Write("model.onnx", graph);
        string yaml = $$"""
            name: echo
            version: 1
            kind: vision
            max_batch_size: 8
            decode_threads: {{decodeThreads}}
            {{(fileRoot ? "file_root: frames" : line)}}
            postprocess: {kind: classification, activation: none, top_k: 1}
            """;
        return VisionModel.Load(VisionDescriptionFile.Load(_folder.Write("model.yaml", yaml)), new OnnxSessionFactory());
    }

    private static MemoryRecord Flat(byte value, int index) =>
        SharedModels.Frame(Pictures.Png(2, 2, 8, 0, [value, value, value, value]), index: index);

    private static MemoryRecord Raw(byte[] bytes, params (string Name, string Value)[] headers) =>
        new(null, bytes) { Headers = [.. headers.Select(header => (header.Name, (byte[]?)Encoding.UTF8.GetBytes(header.Value)))] };
}
