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
    /// <summary>How many different prompts there are.</summary>
    public const int Prompts = 48;

    private const string Model = "data/llm/zoo/llama/genai-fp32";

    private readonly IProducer<byte[], byte[]> _producer;

    private readonly string _folder = Directory.CreateTempSubdirectory("token-streams-").FullName;

    private PromptStream(KafkaCluster cluster, TestTopics topics)
    {
        Topics = topics;
        _producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = cluster.BootstrapServers,
            EnableIdempotence = true,
            LingerMs = 0,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    public TestTopics Topics { get; }

    public required string Input { get; init; }

    public required string Output { get; init; }

    public required string DeadLetters { get; init; }

    public required string Progress { get; init; }

    /// <summary>The control topic; null where requests are not cancelled.</summary>
    public string? Control { get; init; }

    public string PipelineFile => Path.Combine(_folder, "pipeline.yaml");

    public static async Task<PromptStream> CreateAsync(KafkaCluster cluster, int partitions, string kafka = "", bool withControl = false)
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
            Control = withControl ? await topics.CreateAsync("control", 2) : null,
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
            {{kafka}}
            {{(stream.Control is null ? "" : $"control: {{ topic: {stream.Control} }}")}}
            """);
        return stream;
    }

    /// <summary>
    /// Sends a request to a partition. There are <see cref="Prompts"/> different ones, so the undisturbed answers to those are the answers to all.
    /// </summary>
    public void Feed(int request, int partition)
    {
        int kind = request % Prompts;
        string prompt = string.Create(CultureInfo.InvariantCulture, $"Once upon a time there were {kind} dragons");
        byte[] value = JsonSerializer.SerializeToUtf8Bytes(new { id = Id(request), prompt, max_tokens = 30 + (kind * 13 % 170), temperature = 0, ignore_eos = true });
        Message<byte[], byte[]> message = new() { Key = Encoding.UTF8.GetBytes(Id(request)), Value = value };
        _producer.Produce(new TopicPartition(Input, partition), message);
    }

    public static string Id(int request) => string.Create(CultureInfo.InvariantCulture, $"request-{request}");

    public static int NumberOf(string id) => int.Parse(id["request-".Length..], CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _producer.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
