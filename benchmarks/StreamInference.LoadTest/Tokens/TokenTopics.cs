using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using StreamInference.LoadTest.Load;

namespace StreamInference.LoadTest.Tokens;

/// <summary>The topics of one run, and the requests that go into them.</summary>
internal sealed class TokenTopics : IDisposable
{
    private readonly IProducer<byte[], byte[]> _producer;

    private TokenTopics(string bootstrapServers, string name)
    {
        (Name, Input, Output) = (name, name + "-prompts", name + "-tokens");
        _producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = bootstrapServers, LingerMs = 0 }).SetLogHandler((_, _) => { }).Build();
    }

    public string Name { get; }

    public string Input { get; }

    public string Output { get; }

    public string Progress => Input + ".progress";

    public static async Task<TokenTopics> CreateAsync(Cluster cluster, string what)
    {
        TokenTopics topics = new(cluster.BootstrapServers, $"{what}-{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4))}");
        foreach (string topic in new[] { topics.Input, topics.Output, topics.Progress, topics.Input + ".dlq" }) await cluster.CreateAsync(topic, 1);
        // The first record waits for the topic's metadata.
        topics._producer.Produce(topics.Input + ".dlq", new Message<byte[], byte[]> { Key = [], Value = [] });
        topics._producer.Flush(TimeSpan.FromSeconds(10));
        return topics;
    }

    public void Send(int number, int tokens)
    {
        string id = number.ToString(CultureInfo.InvariantCulture);
        byte[] value = JsonSerializer.SerializeToUtf8Bytes(new { id, prompt = TokenModel.Prompt(number), max_tokens = tokens, temperature = 0, ignore_eos = true });
        _producer.Produce(Input, new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(id), Value = value });
    }

    public void Flush() => _producer.Flush(TimeSpan.FromSeconds(30));

    public void Dispose() => _producer.Dispose();
}
