using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using StreamInference.Broker.Handlers;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol;

namespace StreamInference.Broker.Network;

/// <summary>
/// One client connection. As in Kafka a connection has one request under way at a time, which keeps responses in order;
/// decoding and encoding are done here, on the connection's thread, and only handling on the loop.
/// </summary>
internal sealed class KafkaConnection(ConnectionContext context, BrokerServices services) : IDisposable
{
    private readonly PipeWriter _output = context.Transport.Output;
    private readonly FrameReader _frames = new(context.Transport.Input, services.MaxRequestBytes);
    private readonly Wire _reader = Wire.Reader(default);
    private readonly Wire _writer = Wire.Writer();
    private readonly ConnectionInfo _info = new(context.ConnectionId, $"/{(context.RemoteEndPoint as System.Net.IPEndPoint)?.Address}");

    /// <summary>Serves requests until the client goes, the broker ends or the client sends what is no request.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (await _frames.ReadAsync(cancel) is { } frame)
        {
            bool goOn;
            try
            {
                goOn = await ServeAsync(frame.Bytes, cancel);
            }
            finally
            {
                frame.Return();
            }
            if (!goOn) return;
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
    }

    private async ValueTask<bool> ServeAsync(ReadOnlyMemory<byte> frame, CancellationToken cancel)
    {
        _reader.Reopen(frame);
        var header = RequestHeader.Read(_reader);
        if (services.Handlers.Find(header.Key) is not { } handler) return false; // clients know from ApiVersions; Kafka closes too
        if (!IsKnownVersion(handler, header.Version))
            return handler.Key == ApiKey.ApiVersions && await RefuseVersionAsync(header, cancel);
        var call = Decode(header, handler);
        services.Loop.Post(() => services.Dispatcher.Dispatch(call));
        var result = await EndOfAsync(call);
        if (result.Disconnect) return false;
        if (result.Response is null) return true;
        if (call.ResponseDelay > TimeSpan.Zero) await Task.Delay(call.ResponseDelay, services.Clock, cancel);
        return await WriteAsync(header, result.Response, handler.IsFlexible(header.Version), handler.Key, cancel);
    }

    /// <summary>A call that waits (a long poll, a join) is given up when its connection ends.</summary>
    private async ValueTask<CallResult> EndOfAsync(Call call)
    {
        var result = call.Result;
        if (result.IsCompleted) return await result;
        using var closed = context.ConnectionClosed.UnsafeRegister(_ => services.Loop.Post(call.Disconnect), null);
        return await result;
    }

    private static bool IsKnownVersion(IRequestHandler handler, short version) =>
        version >= handler.Advertised.Min && version <= handler.Advertised.Max;

    private Call Decode(RequestHeader header, IRequestHandler handler)
    {
        var flexible = handler.IsFlexible(header.Version);
        _reader.Flexible = flexible;
        _reader.Tags();
        var request = handler.CreateRequest();
        request.Transfer(_reader, header.Version);
        return new Call { Handler = handler, Connection = _info, Version = header.Version, ClientId = header.ClientId, Request = request };
    }

    private ValueTask<bool> RefuseVersionAsync(RequestHeader header, CancellationToken cancel) => WriteAsync(
        header with { Version = 0 }, services.Handlers.Versions.Describe(ErrorCode.UnsupportedVersion), flexible: false, ApiKey.ApiVersions, cancel);

    /// <summary>The response header of ApiVersions has no tags in any version (KIP-511).</summary>
    private async ValueTask<bool> WriteAsync(RequestHeader header, IMessage response, bool flexible, ApiKey key, CancellationToken cancel)
    {
        var length = 0;
        var correlationId = header.CorrelationId;
        _writer.Int32(ref length);
        _writer.Int32(ref correlationId);
        _writer.Flexible = flexible && key != ApiKey.ApiVersions;
        _writer.Tags();
        _writer.Flexible = flexible;
        response.Transfer(_writer, header.Version);
        _writer.PatchInt32(0, _writer.Length - sizeof(int));
        _writer.CopyTo(_output);
        _writer.Clear();
        (response as IDisposable)?.Dispose();
        var flushed = await _output.FlushAsync(cancel);
        return !flushed.IsCompleted && !flushed.IsCanceled;
    }
}
