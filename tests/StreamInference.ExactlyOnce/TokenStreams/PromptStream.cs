using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using StreamInference.TestKit;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.TokenStreams;

/// <summary>Topics of a token stream of its own, its pipeline file, and prompts.</summary>
internal sealed class PromptStream : IDisposable
{
    private const string Model = "data/llm/zoo/llama/genai-fp32";

    private readonly string _folder = Directory.CreateTempSubdirectory("token-streams-").FullName;

    private PromptStream(KafkaCluster cluster, TestTopics topics)
    {
        Cluster = cluster;
        Topics = topics;
    }

    public KafkaCluster Cluster { get; }

    public TestTopics Topics { get; }

    public required string Input { get; init; }

    public required string Output { get; init; }

    public required string DeadLetters { get; init; }

    public required string Progress { get; init; }

    public string PipelineFile => Path.Combine(_folder, "pipeline.yaml");

    public static async Task<PromptStream> CreateAsync(KafkaCluster cluster, int partitions)
    {
        string model = SharedData.Require(Model);
        TestTopics topics = new(cluster);
        Dictionary<string, string> compacted = new() { ["cleanup.policy"] = "compact" };
        PromptStream stream = new(cluster, topics)
        {
            Input = await topics.CreateAsync("prompts", partitions),
            Output = await topics.CreateAsync("tokens", partitions),
            DeadLetters = await topics.CreateAsync("prompts-dlq", 1),
            Progress = await topics.CreateAsync("progress", partitions, compacted),
        };
        await File.WriteAllTextAsync(stream.PipelineFile, $$"""
            name: {{topics.Name("answers")}}
            kind: llm
            input: { topic: {{stream.Input}} }
            output: { topic: {{stream.Output}}, headers: source }
            dead_letter: { topic: {{stream.DeadLetters}} }
            progress: { topic: {{stream.Progress}} }
            model: { path: {{model}} }
            batch: { policy: fixed, max_wait: 0ms }
            commit: { interval: 20ms }
            """);
        return stream;
    }

    /// <summary>Sends prompts of many lengths, greedy and with a seed.</summary>
    public async Task FeedAsync(int count)
    {
        using IProducer<byte[], byte[]> producer = new ProducerBuilder<byte[], byte[]>(
            new ProducerConfig { BootstrapServers = Cluster.BootstrapServers, Partitioner = Partitioner.Murmur2Random }).SetLogHandler((_, _) => { }).Build();
        for (int i = 0; i < count; i++)
        {
            string prompt = string.Create(CultureInfo.InvariantCulture, $"Once upon a time there were {i} dragons");
            string request = JsonSerializer.Serialize(new { id = Id(i), prompt, max_tokens = 30 + (i * 13 % 170), temperature = 0, ignore_eos = true });
            await producer.ProduceAsync(Input, new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(Id(i)), Value = Encoding.UTF8.GetBytes(request) });
        }

        producer.Flush(TimeSpan.FromSeconds(60));
    }

    public static string Id(int request) => string.Create(CultureInfo.InvariantCulture, $"request-{request}");

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
