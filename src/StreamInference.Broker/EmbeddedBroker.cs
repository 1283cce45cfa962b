using System.Net;
using Microsoft.Extensions.Logging;
using StreamInference.Broker.Faults;
using StreamInference.Broker.Groups;
using StreamInference.Broker.Handlers;
using StreamInference.Broker.Logs;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Network;
using StreamInference.Broker.State;
using StreamInference.Broker.Topics;
using StreamInference.Broker.Transactions;

namespace StreamInference.Broker;

/// <summary>
/// A single-node broker in this process that speaks the Kafka protocol: for development, tests and the quick start. Real
/// Kafka is one setting away (<c>bootstrap.servers</c>). Safe to use from any thread; dispose it to close the port and
/// all connections. What a broker with a log directory had acknowledged is there when the next one opens it.
/// </summary>
public sealed class EmbeddedBroker : IAsyncDisposable
{
    private const int NodeId = 1;
    private const long MemoryRetentionBytes = 1L << 30;

    private readonly BrokerLoop _loop;
    private readonly BrokerState _state;
    private readonly StateFolder? _folder;
    private readonly StateJournal _journal;
    private readonly FaultRegistry _faults = new();
    private BrokerListener? _listener;
    private bool _disposed;

    private EmbeddedBroker(EmbeddedBrokerOptions options)
    {
        _folder = options.LogDirectory is null ? null : new StateFolder(options.LogDirectory);
        _loop = new BrokerLoop(options.TimeProvider, options.LoggerFactory.CreateLogger<EmbeddedBroker>());
        _journal = _folder is null ? StateJournal.None : new FileStateJournal(_folder.JournalPath);
        _state = CreateState(options, _loop, _journal, _folder?.LogsPath);
    }

    /// <summary>The <c>bootstrap.servers</c> of clients: host and port.</summary>
    public string BootstrapServers => $"{_state.Node.Host}:{_state.Node.Port}";

    /// <summary>The port that the broker listens on.</summary>
    public int Port => _state.Node.Port;

    internal BrokerState State => _state;

    internal BrokerLoop Loop => _loop;

    /// <summary>
    /// Opens logs and state, then the port. Fails with <see cref="IOException"/> or <see cref="System.Net.Sockets.SocketException"/>
    /// where the port or the folder is in use.
    /// </summary>
    public static async Task<EmbeddedBroker> StartAsync(EmbeddedBrokerOptions options, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var broker = new EmbeddedBroker(options);
        try
        {
            await broker._loop.InvokeAsync(broker.Recover);
            await broker.ListenAsync(options, ct);
            broker._loop.Post(broker.StartCleanup);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Injects a fault: the handler is asked about every request of this API, on the broker's loop, so it must not block,
    /// until the returned handle is disposed.
    /// </summary>
    public FaultHandle Control(ApiKey key, Func<FaultContext, FaultAction> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _faults.Add(key, handler);
    }

    /// <summary>Closes the port and every connection, then the logs. Clients see a broker that went away.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        if (_listener is not null) await _listener.DisposeAsync();
        await _loop.DisposeAsync();
        _state.Topics.Dispose();
        _journal.Dispose();
        _folder?.Dispose();
    }

    private static BrokerState CreateState(EmbeddedBrokerOptions options, BrokerLoop loop, StateJournal journal, string? logs)
    {
        var defaults = new LogOptions
        {
            RetentionBytes = options.DefaultRetentionBytes ?? (logs is null ? MemoryRetentionBytes : -1),
            RetentionMs = (long)options.DefaultRetention.TotalMilliseconds,
            MaxMessageBytes = options.DefaultMaxMessageBytes,
        };
        var topics = new TopicCatalog(journal, new LogFactory(logs, options.TimeProvider, options.LoggerFactory.CreateLogger<LogFactory>()), defaults);
        var groups = new GroupCoordinator(loop, journal, options.GroupInitialRebalanceDelay);
        return new BrokerState
        {
            Options = options,
            Loop = loop,
            Topics = topics,
            Groups = groups,
            Transactions = new TransactionCoordinator(loop, journal, topics, groups, options.TimeProvider, options.MaxTransactionTimeout),
        };
    }

    private bool Recover()
    {
        if (_folder is null || _journal is not FileStateJournal journal) return false;
        StateRecovery.Restore(_state, FileStateJournal.Read(_folder.JournalPath));
        journal.Snapshot = () => StateRecovery.Snapshot(_state);
        journal.Rewrite();
        _state.Transactions.Resume();
        _state.Groups.Resume();
        return true;
    }

    private void StartCleanup() => new LogCleanup(
        _loop, _state.Topics, _state.Options.TimeProvider, _state.Options.CleanupInterval, _state.Options.LoggerFactory.CreateLogger<LogCleanup>()).Start();

    private async Task ListenAsync(EmbeddedBrokerOptions options, CancellationToken cancel)
    {
        var services = new BrokerServices(
            _loop, new RequestDispatcher(_loop, _faults), new HandlerTable(_state), options.TimeProvider, options.MaxRequestBytes);
        var address = IPAddress.TryParse(options.Host, out var parsed) ? parsed : (await Dns.GetHostAddressesAsync(options.Host, cancel))[0];
        _listener = await BrokerListener.StartAsync(
            new IPEndPoint(address, options.Port), services, options.LoggerFactory,
            port => _state.Node = new NodeInfo(NodeId, options.AdvertisedHost ?? options.Host, port, "streaminference-embedded"), cancel);
    }
}
