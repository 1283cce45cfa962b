using System.Net;
using System.Net.Sockets;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce;

/// <summary>The embedded broker in a process of its own with its data in a folder, to be killed and started again.</summary>
internal sealed class EmbeddedBrokerProcess : KafkaCluster
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly string _data = Directory.CreateTempSubdirectory("streaminference-broker-").FullName;
    private readonly int _port = FindFreePort();
    private GuardedProcess? _process;

    private EmbeddedBrokerProcess()
    {
    }

    public override string BootstrapServers => $"127.0.0.1:{_port}";

    public override string Description => "embedded broker in a process of its own";

    public override bool CanFail => true;

    public static async Task<KafkaCluster> StartAsync(CancellationToken cancellation)
    {
        EmbeddedBrokerProcess broker = new();
        await broker.RestartBrokerAsync(cancellation);
        return broker;
    }

    public override void KillBroker() => _process!.Kill();

    public override async Task RestartBrokerAsync(CancellationToken cancellation)
    {
        _process = GuardedProcess.Start("dotnet", [WorkerProcess.CommandLine, "broker", "--port", $"{_port}", "--data", _data]);
        await _process.WaitForLineAsync(BootstrapServers, StartLimit, cancellation);
    }

    public override ValueTask DisposeAsync()
    {
        _process?.Kill();
        Directory.Delete(_data, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static int FindFreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
