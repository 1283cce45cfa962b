namespace StreamInference.Simulation;

/// <summary>All terminals, and those of a channel and country.</summary>
internal sealed class TerminalDirectory
{
    private const double OnlineShare = 0.15;

    private readonly int[][] _presentByCountry;

    public TerminalDirectory(int count, ref Xoshiro256 random)
    {
        AliasTable countries = new([.. Country.All.Select(country => country.TerminalWeight)]);
        AliasTable present = new(MerchantCategories.PresentWeights);
        AliasTable notPresent = new(MerchantCategories.NotPresentWeights);
        Cities = new GeoPoint[Country.All.Length][];
        for (int i = 0; i < Cities.Length; i++) Cities[i] = Country.All[i].DrawCities(ref random);
        All = new Terminal[count];
        for (int i = 0; i < count; i++)
        {
            // The first two make sure that both channels exist in the smallest population.
            bool online = i < 2 ? i == 1 : random.NextDouble() < OnlineShare;
            int country = countries.Draw(ref random);
            All[i] = new Terminal
            {
                Channel = online ? Channel.CardNotPresent : Channel.CardPresent,
                Category = (MerchantCategory)(online ? notPresent : present).Draw(ref random),
                Country = country,
                Location = Country.All[country].DrawPlace(Cities[country], ref random),
            };
        }

        Present = Indices(Channel.CardPresent, country: null);
        Online = Indices(Channel.CardNotPresent, country: null);
        _presentByCountry = [.. Enumerable.Range(0, Country.All.Length).Select(country => Indices(Channel.CardPresent, country))];
    }

    public Terminal[] All { get; }

    /// <summary>Centres of the cities by country.</summary>
    public GeoPoint[][] Cities { get; }

    public int[] Present { get; }

    public int[] Online { get; }

    /// <summary>Terminals of a country where the card is present; all such terminals where that country has none.</summary>
    public int[] PresentIn(int country) => _presentByCountry[country];

    private int[] Indices(Channel channel, int? country)
    {
        int[] found = [.. Enumerable.Range(0, All.Length)
            .Where(i => All[i].Channel == channel && (country is null || All[i].Country == country))];
        return found.Length > 0 || country is null ? found : Present;
    }
}
