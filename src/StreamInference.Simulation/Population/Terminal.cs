namespace StreamInference.Simulation;

/// <summary>A merchant's terminal or web shop.</summary>
internal struct Terminal
{
    public Channel Channel;
    public MerchantCategory Category;
    public int Country;
    public GeoPoint Location;

    /// <summary>Until then it is in criminal hands.</summary>
    public long CompromisedUntil;
}
