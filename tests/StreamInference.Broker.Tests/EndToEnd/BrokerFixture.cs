namespace StreamInference.Broker.Tests.EndToEnd;

/// <summary>A memory broker for a test class, with topics of its own for each test.</summary>
public sealed class BrokerFixture : IAsyncLifetime
{
    private int _topics;

    public EmbeddedBroker Broker { get; private set; } = null!;

    public string Servers => Broker.BootstrapServers;

    public async ValueTask InitializeAsync() => Broker = await EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions());

    public async ValueTask DisposeAsync() => await Broker.DisposeAsync();

    public async Task<string> TopicAsync(int partitions = 1, params (string Name, string Value)[] settings)
    {
        var topic = $"topic-{Interlocked.Increment(ref _topics)}";
        await Clients.CreateTopicAsync(Servers, topic, partitions, settings);
        return topic;
    }
}
