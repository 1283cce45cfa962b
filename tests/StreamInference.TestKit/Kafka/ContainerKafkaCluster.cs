using System.Net.Sockets;
using Testcontainers.Kafka;

namespace StreamInference.TestKit.Kafka;

/// <summary>The official Apache image in Docker.</summary>
internal sealed class ContainerKafkaCluster : KafkaCluster
{
    private const string Image = "apache/kafka:4.3.1";

    private readonly KafkaContainer _container;

    private ContainerKafkaCluster(KafkaContainer container) => _container = container;

    public override string BootstrapServers => _container.GetBootstrapAddress();

    public override string Description => $"container {Image}";

    /// <summary>Whether a Docker engine listens; asks the socket, since the command may be there without an engine.</summary>
    public static bool IsEngineThere()
    {
        string? host = Environment.GetEnvironmentVariable("DOCKER_HOST");
        if (host is not null && !host.StartsWith("unix://", StringComparison.Ordinal)) return true;
        string path = host?["unix://".Length..] ?? "/var/run/docker.sock";
        if (!File.Exists(path)) return false;
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, 0);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public static async Task<KafkaCluster> StartAsync(CancellationToken cancellation)
    {
        KafkaContainer container = new KafkaBuilder(Image)
            .WithEnvironment("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
            .WithEnvironment("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0")
            .WithEnvironment("KAFKA_TRANSACTION_ABORT_TIMED_OUT_TRANSACTION_CLEANUP_INTERVAL_MS", "1000")
            .Build();
        await container.StartAsync(cancellation);
        return new ContainerKafkaCluster(container);
    }

    public override ValueTask DisposeAsync() => _container.DisposeAsync();
}
