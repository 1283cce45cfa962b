namespace StreamInference.Broker.Logs;

/// <summary>A record's key, compared by its bytes.</summary>
internal readonly struct RecordKey(byte[] bytes) : IEquatable<RecordKey>
{
    private readonly byte[] _bytes = bytes;

    public bool Equals(RecordKey other) => _bytes.AsSpan().SequenceEqual(other._bytes);

    public override bool Equals(object? obj) => obj is RecordKey other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }
}
