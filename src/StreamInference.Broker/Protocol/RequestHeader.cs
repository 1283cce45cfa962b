namespace StreamInference.Broker.Protocol;

/// <summary>
/// The fields that begin every request. The client id is never compact, not even in flexible versions; the tags after it
/// belong to whoever knows whether the version is flexible.
/// </summary>
internal readonly record struct RequestHeader(short Key, short Version, int CorrelationId, string? ClientId)
{
    public static RequestHeader Read(Wire wire)
    {
        short key = 0, version = 0;
        var correlationId = 0;
        string? clientId = null;
        wire.Int16(ref key);
        wire.Int16(ref version);
        wire.Int32(ref correlationId);
        wire.NullableString(ref clientId);
        return new(key, version, correlationId, clientId);
    }
}
