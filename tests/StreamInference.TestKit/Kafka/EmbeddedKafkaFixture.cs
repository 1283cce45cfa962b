using Xunit;

namespace StreamInference.TestKit.Kafka;

/// <summary>The one embedded broker of a test assembly, started at the first use. Tests use topics and groups of their own.</summary>
public sealed class EmbeddedKafkaFixture : IAsyncLifetime
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private EmbeddedKafkaCluster? _cluster;

    /// <summary>The cluster.</summary>
    public async Task<KafkaCluster> RequireAsync()
    {
        await _gate.WaitAsync();
        try
        {
            return _cluster ??= await EmbeddedKafkaCluster.StartAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
    }
}
