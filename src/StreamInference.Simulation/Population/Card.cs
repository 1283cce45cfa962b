namespace StreamInference.Simulation;

/// <summary>A card and the habits of its owner.</summary>
internal struct Card
{
    public int Customer;
    public int Country;
    public GeoPoint Home;

    /// <summary>Log of the typical amount, and that amount itself.</summary>
    public double MeanLogAmount;
    public double TypicalAmount;

    /// <summary>Relative number of transactions.</summary>
    public double Activity;

    /// <summary>Share of its transactions that are made online.</summary>
    public double OnlineShare;

    /// <summary>Where the owner is until <see cref="TravelsUntil"/>.</summary>
    public int TravelCountry;
    public long TravelsUntil;
}
