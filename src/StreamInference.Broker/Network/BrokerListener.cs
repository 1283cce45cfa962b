using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StreamInference.Broker.Protocol;

namespace StreamInference.Broker.Network;

/// <summary>Accepts connections on Kestrel's socket transport and serves each until it ends; no web host is involved.</summary>
internal sealed partial class BrokerListener : ConnectionHandler, IAsyncDisposable
{
    private const int BufferBytes = 4 * 1024 * 1024;

    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<ConnectionContext, Task> _connections = new();
    private readonly IConnectionListener _listener;
    private readonly BrokerServices _services;
    private readonly ILogger _log;
    private readonly Task _accepting;

    private BrokerListener(IConnectionListener listener, BrokerServices services, ILogger log)
    {
        _listener = listener;
        _services = services;
        _log = log;
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.EndPoint).Port;

    /// <summary>Binds the endpoint; <paramref name="bound"/> is told the port before the first connection is accepted.</summary>
    public static async Task<BrokerListener> StartAsync(
        IPEndPoint endpoint, BrokerServices services, ILoggerFactory logs, Action<int> bound, CancellationToken cancel)
    {
        var options = new SocketTransportOptions
        {
            MaxReadBufferSize = BufferBytes,
            MaxWriteBufferSize = BufferBytes,
            UnsafePreferInlineScheduling = true, // no step here blocks, and each hand-over between threads costs more than the step
        };
        var factory = new SocketTransportFactory(Options.Create(options), logs);
        var listener = await factory.BindAsync(endpoint, cancel);
        bound(((IPEndPoint)listener.EndPoint).Port);
        return new BrokerListener(listener, services, logs.CreateLogger<BrokerListener>());
    }

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        using var kafka = new KafkaConnection(connection, _services);
        try
        {
            await kafka.RunAsync(_stopping.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or ConnectionResetException or ConnectionAbortedException or IOException)
        {
            // The client or the broker ended the connection; there is nobody to tell.
        }
        catch (WireFormatException error)
        {
            LogMalformed(connection.RemoteEndPoint, error.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.UnbindAsync();
        await _stopping.CancelAsync();
        foreach (var connection in _connections.Keys) connection.Abort();
        await _accepting;
        await Task.WhenAll(_connections.Values);
        await _listener.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (await _listener.AcceptAsync() is { } connection)
        {
            var serving = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _connections[connection] = serving.Task;
            _ = ServeAsync(connection, serving);
        }
    }

    private async Task ServeAsync(ConnectionContext connection, TaskCompletionSource served)
    {
        await Task.Yield(); // accepting goes on
        try
        {
            await OnConnectedAsync(connection);
        }
        catch (Exception error)
        {
            LogFailure(connection.RemoteEndPoint, error);
        }
        finally
        {
            await connection.DisposeAsync();
            _connections.TryRemove(connection, out _);
            served.SetResult();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Client} sent what is no request and was disconnected: {Reason}")]
    private partial void LogMalformed(EndPoint? client, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The connection of {Client} failed")]
    private partial void LogFailure(EndPoint? client, Exception error);
}
