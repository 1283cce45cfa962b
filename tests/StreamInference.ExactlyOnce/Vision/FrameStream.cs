using System.Globalization;
using System.Text;
using Confluent.Kafka;
using StreamInference.TestKit;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.Vision;

/// <summary>A frame as it is sent.</summary>
/// <param name="Camera">The record's key.</param>
/// <param name="Number">Its number at the camera.</param>
/// <param name="Value">The picture.</param>
/// <param name="Headers">Its headers but the number.</param>
internal sealed record SentFrame(string Camera, int Number, byte[] Value, IReadOnlyList<(string Name, string Value)> Headers);

/// <summary>Topics of a stream of frames of its own, and its pipeline file.</summary>
internal sealed class FrameStream : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("exactly-once-").FullName;
    private readonly KafkaCluster _cluster;

    private FrameStream(KafkaCluster cluster) => (_cluster, Topics) = (cluster, new TestTopics(cluster));

    public TestTopics Topics { get; }

    public string Input { get; private set; } = "";

    public string Output { get; private set; } = "";

    public string DeadLetters { get; private set; } = "";

    public string States { get; private set; } = "";

    public string PipelineFile => Path.Combine(_folder, "pipeline.yaml");

    public static async Task<FrameStream> CreateAsync(KafkaCluster cluster, string model, int partitions)
    {
        FrameStream stream = new(cluster);
        stream.Input = await stream.Topics.CreateAsync("frames", partitions);
        stream.Output = await stream.Topics.CreateAsync("results", partitions);
        stream.DeadLetters = await stream.Topics.CreateAsync("dlq", 1);
        stream.States = await stream.Topics.CreateAsync("state", partitions, new Dictionary<string, string> { ["cleanup.policy"] = "compact" });
        await File.WriteAllTextAsync(stream.PipelineFile, $$"""
            name: {{stream.Topics.Name(model)}}
            kind: vision
            input: { topic: {{stream.Input}} }
            output: { topic: {{stream.Output}} }
            dead_letter: { topic: {{stream.DeadLetters}} }
            state: { topic: {{stream.States}} }
            model: { path: {{Path.Combine(SharedData.RepositoryRoot, "models", model)}}, version: 1, providers: [cpu] }
            batch: { policy: adaptive, max_size: 16, max_wait: 2ms }
            commit: { interval: 20ms, max_records: 200 }
            """);
        return stream;
    }

    /// <summary>Sends frames; returns each by its place, as <c>si-source</c> names it.</summary>
    public Dictionary<string, SentFrame> Feed(IEnumerable<SentFrame> frames)
    {
        using IProducer<byte[], byte[]> producer = new ProducerBuilder<byte[], byte[]>(
            new ProducerConfig { BootstrapServers = _cluster.BootstrapServers, LingerMs = 5, EnableIdempotence = true, Partitioner = Partitioner.Murmur2Random, QueueBufferingMaxMessages = 1_000_000, QueueBufferingMaxKbytes = 1 << 20 })
            .SetLogHandler((_, _) => { }).Build();
        Dictionary<string, SentFrame> sent = [];
        int reports = 0, frameCount = 0;
        foreach (SentFrame frame in frames)
        {
            frameCount++;
            Headers headers = [new Header("frame", Encoding.ASCII.GetBytes(frame.Number.ToString(CultureInfo.InvariantCulture)))];
            foreach ((string name, string value) in frame.Headers) headers.Add(name, Encoding.ASCII.GetBytes(value));
            // A flush serves reports beside the client's own thread.
            producer.Produce(Input, new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(frame.Camera), Value = frame.Value, Headers = headers }, report =>
            {
                lock (sent)
                {
                    reports++;
                    if (!report.Error.IsError) sent[string.Create(CultureInfo.InvariantCulture, $"{Input}/{report.Partition.Value}/{report.Offset.Value}")] = frame;
                }
            });
        }

        Assert.Equal(0, producer.Flush(TimeSpan.FromSeconds(120)));
        // The client's own thread may still be in the last reports.
        SpinWait.SpinUntil(() => Volatile.Read(ref reports) == frameCount, TimeSpan.FromSeconds(30));
        lock (sent) return sent;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
