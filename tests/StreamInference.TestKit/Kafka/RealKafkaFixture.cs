using Xunit;

namespace StreamInference.TestKit.Kafka;

/// <summary>
/// The one real Kafka of a test assembly, started at the first use. Looked for in this order: <c>KAFKA_BOOTSTRAP_SERVERS</c>, a Docker engine (official
/// Apache image), the shared folder with Java; else tests that need it skip, with the reason. Tests use topics and groups of their own.
/// </summary>
public sealed class RealKafkaFixture : IAsyncLifetime
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private KafkaCluster? _cluster;

    /// <summary>The cluster; skips the running test where there is none.</summary>
    public async Task<KafkaCluster> RequireAsync()
    {
        await _gate.WaitAsync();
        try
        {
            return _cluster ??= await StartAsync([], TestContext.Current.CancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Whether <see cref="StartOwnAsync"/> finds what it needs.</summary>
    public static bool CanStartOwn => SharedData.Has("kafka/bin/kafka-node") && LocalKafkaCluster.IsJavaThere();

    /// <summary>A cluster for one test alone, to kill and suspend; the caller disposes it. Skips where no such cluster can be made.</summary>
    /// <param name="settings">Broker properties as <c>key=value</c>.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<KafkaCluster> StartOwnAsync(IReadOnlyList<string> settings, CancellationToken cancellation)
    {
        Assert.SkipUnless(CanStartOwn, "a broker to kill needs shared/kafka and Java 17");
        return await LocalKafkaCluster.StartAsync(SharedData.Require("kafka"), settings, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
    }

    private static async Task<KafkaCluster> StartAsync(IReadOnlyList<string> settings, CancellationToken cancellation)
    {
        if (Environment.GetEnvironmentVariable("KAFKA_BOOTSTRAP_SERVERS") is { Length: > 0 } servers) return new ExternalKafkaCluster(servers);
        if (ContainerKafkaCluster.IsEngineThere()) return await ContainerKafkaCluster.StartAsync(cancellation);
        Assert.SkipUnless(
            SharedData.Has("kafka/bin/kafka-node") && LocalKafkaCluster.IsJavaThere(),
            "no real Kafka: set KAFKA_BOOTSTRAP_SERVERS, run Docker, or have shared/kafka and Java 17");
        return await LocalKafkaCluster.StartAsync(SharedData.Require("kafka"), settings, cancellation);
    }
}
