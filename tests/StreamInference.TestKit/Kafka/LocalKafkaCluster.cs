using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace StreamInference.TestKit.Kafka;

/// <summary>
/// Apache Kafka of the shared folder on this machine's Java: one node, its own temporary folder, free ports. It dies with the test process however
/// that ends, because its guard waits on a pipe from here.
/// </summary>
internal sealed class LocalKafkaCluster : KafkaCluster
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly string _kafka;
    private readonly string _folder;
    private GuardedProcess? _node;

    private LocalKafkaCluster(string kafka, string folder, int port)
    {
        _kafka = kafka;
        _folder = folder;
        BootstrapServers = $"127.0.0.1:{port}";
    }

    public override string BootstrapServers { get; }

    public override string Description => $"Apache Kafka of the shared folder at {BootstrapServers}";

    public override bool CanFail => true;

    /// <summary>Whether Java 17 or later is on this machine.</summary>
    public static bool IsJavaThere() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "java")));

    /// <summary>Lays a cluster out and starts it.</summary>
    /// <param name="kafka">The folder with bin/kafka-format and bin/kafka-node.</param>
    /// <param name="settings">Broker properties as <c>key=value</c>.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<LocalKafkaCluster> StartAsync(string kafka, IReadOnlyList<string> settings, CancellationToken cancellation)
    {
        string folder = Directory.CreateTempSubdirectory("streaminference-kafka-").FullName;
        int port = FindFreePortPair();
        LocalKafkaCluster cluster = new(kafka, folder, port);
        try
        {
            ProcessStartInfo format = new(Path.Combine(kafka, "bin", "kafka-format")) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (string argument in (string[])[Path.Combine(folder, "cluster"), port.ToString(), "1", .. settings]) format.ArgumentList.Add(argument);
            using Process process = Process.Start(format)!;
            string errors = await process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            if (process.ExitCode != 0) throw new InvalidOperationException($"kafka-format failed: {errors}");
            await cluster.RestartBrokerAsync(cancellation);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public override void KillBroker() => _node!.Kill();

    public override void SuspendBroker() => _node!.Signal(Signals.Stop);

    public override void ResumeBroker() => _node!.Signal(Signals.Continue);

    public override async Task RestartBrokerAsync(CancellationToken cancellation)
    {
        _node = GuardedProcess.Start(Path.Combine(_kafka, "bin", "kafka-node"), [Path.Combine(_folder, "cluster", "node-1")]);
        await _node.WaitForLineAsync("Kafka Server started", StartLimit, cancellation);
    }

    public override ValueTask DisposeAsync()
    {
        _node?.Kill();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static int FindFreePortPair()
    {
        while (true)
        {
            using TcpListener first = new(IPAddress.Loopback, 0);
            first.Start();
            int port = ((IPEndPoint)first.LocalEndpoint).Port;
            using TcpListener second = new(IPAddress.Loopback, port + 1);
            try
            {
                second.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken; another pair.
            }
        }
    }
}
