using System.Text;

namespace StreamInference.Simulation;

/// <summary>A country as the simulation needs it: a disc on the map with cities, and how many cards and terminals it has.</summary>
/// <param name="Code">ISO 3166-1 alpha-2.</param>
/// <param name="Latitude">Of the centre, degrees.</param>
/// <param name="Longitude">Of the centre, degrees.</param>
/// <param name="RadiusKm">The cities lie within it.</param>
/// <param name="KmPerDegree">Length of a degree of longitude at the centre; a constant, as a cosine is not portable to the bit.</param>
/// <param name="CardWeight">Share of the cards; zero: no issuer there.</param>
/// <param name="TerminalWeight">Share of the terminals.</param>
internal sealed record Country(
    string Code, double Latitude, double Longitude, double RadiusKm, double KmPerDegree, double CardWeight, double TerminalWeight)
{
    private const double CityRadiusKm = 15;

    public static Country[] All { get; } =
    [
        new("FR", 46.6, 2.4, 350, 76.5, 25, 20),
        new("DE", 51.0, 10.2, 300, 70.1, 28, 22),
        new("ES", 40.2, -3.7, 350, 85.0, 14, 12),
        new("IT", 42.8, 12.5, 250, 81.7, 14, 12),
        new("NL", 52.2, 5.4, 90, 68.2, 7, 6),
        new("BE", 50.7, 4.6, 90, 70.5, 5, 4),
        new("AT", 47.6, 14.1, 150, 75.1, 4, 3),
        new("PT", 39.6, -8.0, 150, 85.8, 3, 3),
        new("GB", 52.6, -1.5, 250, 67.6, 0, 6),
        new("CH", 46.8, 8.2, 100, 76.2, 0, 3),
        new("PL", 52.1, 19.4, 250, 68.4, 0, 3),
        new("TR", 39.0, 33.0, 400, 86.5, 0, 2),
        new("RO", 45.9, 25.0, 220, 77.5, 0, 2),
        new("US", 40.5, -76.0, 500, 84.6, 0, 2),
    ];

    public static byte[][] Utf8Codes { get; } = [.. All.Select(country => Encoding.ASCII.GetBytes(country.Code))];

    /// <summary>Number of countries that issue cards; they come first in <see cref="All"/>.</summary>
    public static int Issuers { get; } = All.Count(country => country.CardWeight > 0);

    /// <summary>The centres of its cities: one for two parts in a hundred of the terminals, at least one.</summary>
    public GeoPoint[] DrawCities(ref Xoshiro256 random)
    {
        GeoPoint centre = new((int)Math.Floor(Latitude * 10_000), (int)Math.Floor(Longitude * 10_000));
        GeoPoint[] cities = new GeoPoint[Math.Max(1, (int)TerminalWeight / 2)];
        foreach (ref GeoPoint city in cities.AsSpan()) city = centre.DrawNear(RadiusKm, KmPerDegree, ref random);
        return cities;
    }

    /// <summary>A place in one of the cities.</summary>
    public GeoPoint DrawPlace(GeoPoint[] cities, ref Xoshiro256 random) =>
        cities[random.NextInt(cities.Length)].DrawNear(CityRadiusKm, KmPerDegree, ref random);
}
