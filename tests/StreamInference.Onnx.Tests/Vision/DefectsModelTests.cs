using System.Globalization;
using System.Text;
using System.Text.Json;
using Json.Schema;
using Microsoft.Extensions.DependencyInjection;
using StreamInference.Configuration;
using StreamInference.Hosting;
using StreamInference.Onnx.Hosting;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Vision;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Onnx.Vision.Postprocessing;
using StreamInference.Pipeline;
using StreamInference.Runners;
using StreamInference.Simulation.Vision;
using StreamInference.TestKit;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Onnx.Tests.Vision;

/// <summary>The demo's own detector on frames of the demo's own camera.</summary>
public sealed class DefectsModelTests
{
    private static readonly string Folder = Path.Combine(SharedData.RepositoryRoot, "models", "defects", "1");
    private static readonly JsonSchema Schema = JsonSchema.FromText(File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "topics", "vision", "detections.schema.json")));

    [Fact]
    public void The_golden_frames_give_what_torch_found()
    {
        using VisionModel model = Load();
        int compared = 0;
        foreach (string line in File.ReadLines(Path.Combine(Folder, "golden.jsonl")))
        {
            var golden = JsonDocument.Parse(line).RootElement;
            var found = Detections(Assert.Single(SharedModels.Run(model, [Frame(golden.GetProperty("seed").GetUInt64(), golden.GetProperty("frame").GetInt64(), out _)], 1)).Result);
            foreach (var expected in Detections(golden))
            {
                // Just above the threshold, either side may miss it.
                if (expected.Score < 0.4) continue;
                var same = found.Where(other => other.ClassId == expected.ClassId).MaxBy(other => other.Box.IntersectionOverUnion(expected.Box));
                Assert.InRange(same.Box.IntersectionOverUnion(expected.Box), 0.9f, 1.001f);
                Assert.Equal(expected.Score, same.Score, 0.03f);
                compared++;
            }
        }

        Assert.True(compared >= 10, $"{compared} boxes were compared");
    }

    [Fact]
    public void Most_defects_of_cameras_it_never_saw_are_found_and_most_finds_are_defects()
    {
        using VisionModel model = Load();
        int drawn = 0, hits = 0, finds = 0;
        for (ulong seed = 5_000_000; seed < 5_000_080; seed++)
        {
            var result = SharedModels.Run(model, [Frame(seed, (long)(seed % 700), out var defects)], 1)[0].Result;
            var found = Detections(result);
            drawn += defects.Count;
            finds += found.Count;
            hits += defects.Count(defect => found.Exists(other => other.ClassId == (int)defect.Kind && other.Box.IntersectionOverUnion(Box(defect)) > 0.5f));
        }

        Assert.True(hits >= 0.8 * drawn, $"{hits} of {drawn} defects were found");
        Assert.True(hits >= 0.75 * finds, $"{hits} of {finds} finds are defects");
    }

    [Fact]
    public void Results_are_valid_by_their_schema_and_the_same_in_any_batch()
    {
        using VisionModel model = Load();
        Assert.Null(model.FramesPerRun);
        MemoryRecord[] frames = [.. Enumerable.Range(0, 16).Select(i => Frame(77, i * 9, out _))];

        var together = SharedModels.Run(model, frames, 16);
        var alone = SharedModels.Run(model, frames, 1);

        for (int i = 0; i < frames.Length; i++)
        {
            Assert.True(Schema.Evaluate(together[i].Result).IsValid, together[i].Result.GetRawText());
            var (batched, single) = (Detections(together[i].Result), Detections(alone[i].Result));
            Assert.Equal(single.Count, batched.Count);
            for (int k = 0; k < single.Count; k++) Assert.True(single[k].Box.IntersectionOverUnion(batched[k].Box) > 0.99f);
        }

        Assert.Contains(together, frame => Detections(frame.Result).Count > 0);
    }

    [Fact]
    public async Task The_vision_pipeline_runs_it_in_a_host()
    {
        ServiceCollection services = new();
        services.AddStreamInference().UseOnnx();
        await using ServiceProvider provider = services.BuildServiceProvider();
        var pipeline = PipelineConfigFile.Load(Path.Combine(SharedData.RepositoryRoot, "topics", "vision", "pipeline.yaml"));
        var loader = Assert.Single(provider.GetServices<IModelLoader>(), loader => loader.Kind == pipeline.Kind);
        await using IModelRunner runner = loader.CreateRunner(pipeline, provider);

        Assert.True(runner.MaxBatchSize >= pipeline.Batch.MaxSize);
        Assert.True(runner.TrySubmit(MemoryRecord.Batch([Frame(1, 0, out _), SharedModels.Frame([1, 2, 3])])));
        ResultBatch results = await runner.Results.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal([null, "broken_image"], results.Results.ToArray().Select(result => result.Error?.Code));
    }

    private static VisionModel Load() => VisionModel.Load(VisionDescriptionFile.Load(Path.Combine(Folder, "model.yaml")), new OnnxSessionFactory());

    private static MemoryRecord Frame(ulong seed, long index, out List<DefectBox> defects)
    {
        CameraFrame frame = new(PartsCamera.Width, PartsCamera.Height);
        new PartsCamera(seed).Draw(index, frame);
        defects = frame.Defects;
        return new(Encoding.UTF8.GetBytes($"camera-{seed}"), PngEncoder.Encode(frame.Rgb, frame.Width, frame.Height))
        {
            Headers = [("frame", Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture)))],
        };
    }

    private static BoundingBox Box(DefectBox defect) => new(defect.X0, defect.Y0, defect.X1, defect.Y1);

    private static List<Detection> Detections(JsonElement result) =>
    [
        .. from item in result.GetProperty("detections").EnumerateArray()
           let box = item.GetProperty("box")
           select new Detection(
               (int)Enum.Parse<DefectKind>(item.GetProperty("label").GetString()!, ignoreCase: true),
               item.GetProperty("score").GetSingle(),
               new BoundingBox(box[0].GetSingle(), box[1].GetSingle(), box[2].GetSingle(), box[3].GetSingle())),
    ];
}
