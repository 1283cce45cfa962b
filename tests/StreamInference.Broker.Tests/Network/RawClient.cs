using System.Buffers.Binary;
using System.Net.Sockets;
using StreamInference.Broker.Protocol;

namespace StreamInference.Broker.Tests.Network;

/// <summary>A client that sends exactly the bytes that a test wants.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly TcpClient _client = new();
    private int _correlationId;

    private RawClient()
    {
    }

    private NetworkStream Stream => _client.GetStream();

    public static async Task<RawClient> ConnectAsync(EmbeddedBroker broker)
    {
        var client = new RawClient();
        await client._client.ConnectAsync("127.0.0.1", broker.Port, TestContext.Current.CancellationToken);
        return client;
    }

    public async Task SendAsync(byte[] bytes) => await Stream.WriteAsync(bytes, TestContext.Current.CancellationToken);

    public async Task SendAsync(short key, short version, Action<Wire> body, bool flexible = false)
    {
        using var wire = Wire.Writer();
        int length = 0, correlationId = ++_correlationId;
        string? clientId = "raw";
        wire.Int32(ref length);
        wire.Int16(ref key);
        wire.Int16(ref version);
        wire.Int32(ref correlationId);
        wire.NullableString(ref clientId);
        wire.Flexible = flexible;
        wire.Tags();
        body(wire);
        wire.PatchInt32(0, wire.Length - 4);
        await SendAsync(wire.ToArray());
    }

    public Task SendAsync<T>(T request, short version)
        where T : IRequestMessage =>
        SendAsync((short)T.Api, version, wire => request.Transfer(wire, version), version >= T.FlexibleFrom);

    /// <summary>The bytes of the next response after its correlation id; null where the broker closed the connection.</summary>
    public async Task<byte[]?> ReceiveAsync()
    {
        var header = new byte[4];
        try
        {
            if (await Stream.ReadAtLeastAsync(header, 4, throwOnEndOfStream: false, TestContext.Current.CancellationToken) < 4) return null;
            var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(header)];
            await Stream.ReadExactlyAsync(frame, TestContext.Current.CancellationToken);
            Assert.Equal(_correlationId, BinaryPrimitives.ReadInt32BigEndian(frame));
            return frame[4..];
        }
        catch (IOException)
        {
            return null; // reset instead of closed
        }
    }

    public async Task<T> ReceiveAsync<T>(short version, bool flexible = false)
        where T : IMessage, new()
    {
        var wire = Wire.Reader(await ReceiveAsync() ?? throw new InvalidOperationException("the broker closed the connection"));
        wire.Flexible = flexible;
        wire.Tags();
        var response = new T();
        response.Transfer(wire, version);
        Assert.Equal(0, wire.Remaining);
        return response;
    }

    /// <summary>Sends a request and reads its response.</summary>
    public async Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : IRequestMessage
        where TResponse : IMessage, new()
    {
        await SendAsync(request, version);
        return await ReceiveAsync<TResponse>(version, version >= TRequest.FlexibleFrom);
    }

    public void Dispose() => _client.Dispose();
}
