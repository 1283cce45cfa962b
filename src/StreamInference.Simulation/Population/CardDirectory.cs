namespace StreamInference.Simulation;

/// <summary>All cards with the terminals that each of them uses regularly.</summary>
internal sealed class CardDirectory
{
    private const int PresentFavourites = 14;
    private const int OnlineFavourites = 6;

    /// <summary>The favourites are the nearest of this many terminals of the country.</summary>
    private const int NearestOf = 256;

    private readonly int[] _present;
    private readonly int[] _online;
    private readonly AliasTable _byActivity;

    public CardDirectory(int customers, TerminalDirectory terminals, ref Xoshiro256 random)
    {
        // Every fourth customer has a second card.
        All = new Card[customers + (customers / 4)];
        _present = new int[All.Length * PresentFavourites];
        _online = new int[All.Length * OnlineFavourites];
        AliasTable countries = new([.. Country.All.Take(Country.Issuers).Select(country => country.CardWeight)]);
        for (int i = 0; i < All.Length; i++)
        {
            All[i] = Create(i, customers, countries, terminals, ref random);
            ChooseFavourites(i, terminals, ref random);
        }

        _byActivity = new AliasTable([.. All.Select(card => card.Activity)]);
    }

    public Card[] All { get; }

    public int DrawByActivity(ref Xoshiro256 random) => _byActivity.Draw(ref random);

    public int DrawPresentFavourite(int card, ref Xoshiro256 random) =>
        _present[(card * PresentFavourites) + Preferred(PresentFavourites, ref random)];

    public int DrawOnlineFavourite(int card, ref Xoshiro256 random) =>
        _online[(card * OnlineFavourites) + Preferred(OnlineFavourites, ref random)];

    /// <summary>Earlier favourites are used more: the smaller of two even draws.</summary>
    private static int Preferred(int count, ref Xoshiro256 random) => Math.Min(random.NextInt(count), random.NextInt(count));

    private Card Create(int index, int customers, AliasTable countries, TerminalDirectory terminals, ref Xoshiro256 random)
    {
        int country = countries.Draw(ref random);
        GeoPoint home = Country.All[country].DrawPlace(terminals.Cities[country], ref random);
        if (index >= customers)
        {
            country = All[index - customers].Country;
            home = All[index - customers].Home;
        }

        double meanLog = 3.4 + (0.45 * random.NextNormal());
        double online = random.NextDouble();
        return new Card
        {
            Customer = index % customers,
            Country = country,
            Home = home,
            MeanLogAmount = meanLog,
            TypicalAmount = PortableMath.Exp(meanLog),
            Activity = PortableMath.Exp(0.6 * random.NextNormal()),
            OnlineShare = 0.05 + (0.5 * online * online),
        };
    }

    private void ChooseFavourites(int card, TerminalDirectory terminals, ref Xoshiro256 random)
    {
        int[] near = terminals.PresentIn(All[card].Country);
        Span<int> candidates = stackalloc int[NearestOf];
        Span<double> distances = stackalloc double[NearestOf];
        for (int i = 0; i < NearestOf; i++)
        {
            candidates[i] = near[random.NextInt(near.Length)];
            distances[i] = All[card].Home.DistanceKm(terminals.All[candidates[i]].Location);
        }

        distances.Sort(candidates);
        candidates[..PresentFavourites].CopyTo(_present.AsSpan(card * PresentFavourites));
        foreach (ref int online in _online.AsSpan(card * OnlineFavourites, OnlineFavourites))
            online = terminals.Online[random.NextInt(terminals.Online.Length)];
    }
}
