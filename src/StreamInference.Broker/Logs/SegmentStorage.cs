namespace StreamInference.Broker.Logs;

/// <summary>Where the bytes of a segment are. Batches follow each other without gaps.</summary>
internal abstract class SegmentStorage : IDisposable
{
    public int Length { get; protected set; }

    /// <summary>Whether this many bytes fit; a segment that cannot take a batch is left as it is and another begun.</summary>
    public abstract bool HasRoom(int bytes);

    public abstract void Append(ReadOnlySpan<byte> batch);

    /// <summary>The bytes stay valid and unchanged until the buffers are given back, also after <see cref="Delete"/>.</summary>
    public abstract ReadOnlyMemory<byte> Read(int position, int length, LeasedBuffers buffers);

    /// <summary>Gives up the bytes for good.</summary>
    public abstract void Delete();

    public abstract void Dispose();
}
