using System.Buffers;

namespace StreamInference.Broker.Logs;

/// <summary>
/// Pooled arrays that a response holds record bytes in; given back when it is written. One that is never disposed costs
/// the pool an array and nothing else.
/// </summary>
internal sealed class LeasedBuffers : IDisposable
{
    private readonly List<byte[]> _buffers = [];

    public Memory<byte> Rent(int length)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        _buffers.Add(buffer);
        return buffer.AsMemory(0, length);
    }

    public void Dispose()
    {
        foreach (var buffer in _buffers) ArrayPool<byte>.Shared.Return(buffer);
        _buffers.Clear();
    }
}
