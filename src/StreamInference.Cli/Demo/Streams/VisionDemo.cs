using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console.Rendering;
using StreamInference.Cli.Producing;
using StreamInference.Configuration;
using StreamInference.Kafka.Clients;
using StreamInference.Simulation.Vision;

namespace StreamInference.Cli.Demo.Streams;

/// <summary>Cameras above belts of machined parts, and the defects that a detector finds.</summary>
internal sealed class VisionDemo(PipelineConfig pipeline, double rate, ulong seed) : DemoStream(Folder, pipeline)
{
    /// <summary>The stream's folder below <c>topics</c>.</summary>
    public const string Folder = "vision";

    private readonly CameraStream _cameras = new(seed);
    private RatePacer? _pacer;
    private readonly LatestFindings _defects = new(4);
    private readonly ConcurrentDictionary<string, long> _found = new();

    // Time counts from the first record on, not from the loading of the model.
    private RatePacer Pacer => _pacer ??= new RatePacer(rate, TimeProvider.System);

    public override string Title => "camera frames → defects, exactly once";

    public override string Records => "frames";

    public override TimeSpan UntilNext => Pacer.UntilNext();

    public override IReadOnlyDictionary<string, long> Findings => _found.OrderBy(entry => entry.Key, StringComparer.Ordinal).ToDictionary();

    public override IEnumerable<IRenderable> Latest => _defects.Lines;

    // A frame takes milliseconds to draw: one at a time, so that the other streams keep their rates.
    public override void Produce(RecordProducer producer)
    {
        if (Pacer.Take(1) == 0) return;
        FrameRecord frame = _cameras.Next(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        producer.Produce(Pipeline.Input.Topic, frame.Key, frame.Value, frame.Headers);
    }

    protected override void OnResult(TopicRecord record, byte[] value)
    {
        using JsonDocument document = JsonDocument.Parse(value);
        List<string> texts = [];
        foreach (JsonElement detection in document.RootElement.GetProperty("detections").EnumerateArray())
        {
            string label = detection.GetProperty("label").GetString()!;
            _found.AddOrUpdate(label, 1, (_, count) => count + 1);
            texts.Add(string.Create(CultureInfo.InvariantCulture, $"{label} {detection.GetProperty("score").GetDouble():0.00}"));
        }

        if (texts.Count == 0) return;
        string camera = record.Key is null ? "" : Encoding.UTF8.GetString(record.Key);
        _defects.Add("DEFECT", record, $"{camera} frame {document.RootElement.GetProperty("frame").GetInt64()}: {string.Join(", ", texts)}");
    }
}
