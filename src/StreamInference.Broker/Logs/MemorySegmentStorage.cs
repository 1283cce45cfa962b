namespace StreamInference.Broker.Logs;

/// <summary>
/// A segment in one array. Readers get slices of it that are never written again, so nothing is copied or counted; the
/// collector frees it after the last response that holds a slice.
/// </summary>
internal sealed class MemorySegmentStorage(int capacity) : SegmentStorage
{
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(capacity);

    public override bool HasRoom(int bytes) => _bytes.Length - Length >= bytes;

    public override void Append(ReadOnlySpan<byte> batch)
    {
        batch.CopyTo(_bytes.AsSpan(Length));
        Length += batch.Length;
    }

    public override ReadOnlyMemory<byte> Read(int position, int length, LeasedBuffers buffers) => _bytes.AsMemory(position, length);

    public override void Delete()
    {
    }

    public override void Dispose()
    {
    }
}
