namespace StreamInference.Simulation;

/// <summary>A place in ten-thousandths of a degree (about 11 m), so that it is written and compared exactly.</summary>
/// <param name="LatitudeE4">Latitude, degrees × 10,000.</param>
/// <param name="LongitudeE4">Longitude, degrees × 10,000.</param>
public readonly record struct GeoPoint(int LatitudeE4, int LongitudeE4)
{
    private const double KmPerDegreeLatitude = 111.2;
    private const double KmPerDegreeLongitude = 74.4;

    /// <summary>
    /// Distance on a flat map true at 48° N (equirectangular): as far as needed to tell next door from abroad, and the same on every machine.
    /// </summary>
    public double DistanceKm(GeoPoint other)
    {
        double north = (LatitudeE4 - other.LatitudeE4) * (KmPerDegreeLatitude / 10_000);
        double east = (LongitudeE4 - other.LongitudeE4) * (KmPerDegreeLongitude / 10_000);
        return Math.Sqrt((north * north) + (east * east));
    }

    /// <summary>A point drawn evenly from a disc around this one.</summary>
    /// <param name="radiusKm">Radius of the disc.</param>
    /// <param name="kmPerDegree">Length of a degree of longitude there.</param>
    /// <param name="random">Source of the draw.</param>
    internal GeoPoint DrawNear(double radiusKm, double kmPerDegree, ref Xoshiro256 random)
    {
        double x, y;
        do
        {
            x = random.NextDouble(-1, 1);
            y = random.NextDouble(-1, 1);
        }
        while ((x * x) + (y * y) > 1);
        double north = y * radiusKm * 10_000 / KmPerDegreeLatitude;
        double east = x * radiusKm * 10_000 / kmPerDegree;
        return new GeoPoint(LatitudeE4 + (int)Math.Floor(north + 0.5), LongitudeE4 + (int)Math.Floor(east + 0.5));
    }
}
