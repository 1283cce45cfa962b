namespace StreamInference.Simulation;

/// <summary>
/// What the card holders themselves do: a Poisson process whose rate follows the hour of the day, with journeys, shopping trips and the
/// odd large purchase, so that no single rule tells fraud from life.
/// </summary>
internal sealed class GenuineTransactions
{
    private const long MinuteMilliseconds = 60_000;
    private const long HourMilliseconds = 60 * MinuteMilliseconds;
    private const long DayMilliseconds = 24 * HourMilliseconds;
    private const double JourneyStarts = 0.001;
    private const double TripStarts = 0.02;
    private const double LargePurchase = 0.006;

    /// <summary>Share of the online purchases in a shop of no habit, and of the others at any terminal of the country.</summary>
    private const double StrangeShop = 0.04;
    private const double ElsewhereInCountry = 0.015;

    /// <summary>Relative rate by hour, UTC; the mean is 1.</summary>
    private static readonly double[] HourWeights =
    [
        0.20, 0.12, 0.08, 0.06, 0.08, 0.20, 0.55, 1.00, 1.25, 1.30, 1.40, 1.60,
        1.75, 1.50, 1.35, 1.40, 1.60, 1.85, 1.80, 1.50, 1.30, 1.00, 0.70, 0.41,
    ];

    private readonly CardDirectory _cards;
    private readonly TerminalDirectory _terminals;
    private readonly TransactionSchedule _schedule;
    private readonly double[] _meanGapByHour;
    private double _nextAt;

    public GenuineTransactions(
        SimulatorOptions options, CardDirectory cards, TerminalDirectory terminals, TransactionSchedule schedule, ref Xoshiro256 random)
    {
        _cards = cards;
        _terminals = terminals;
        _schedule = schedule;
        double perMillisecond = cards.All.Length * options.TransactionsPerCardPerDay / DayMilliseconds;
        double meanWeight = HourWeights.Sum() / HourWeights.Length;
        _meanGapByHour = [.. HourWeights.Select(weight => meanWeight / (weight * perMillisecond))];
        _nextAt = options.Start.ToUnixTimeMilliseconds() - (options.WarmUpDays * DayMilliseconds);
        Arrive(ref random);
    }

    /// <summary>Time of the next one.</summary>
    public long NextAt => (long)_nextAt;

    public PlannedTransaction Take(ref Xoshiro256 random)
    {
        long now = NextAt;
        Arrive(ref random);
        int card = _cards.DrawByActivity(ref random);
        MayTravel(now, ref _cards.All[card], ref random);
        PlannedTransaction planned = Draw(now, card, ref random);
        if (random.NextDouble() < TripStarts) PlanTrip(now, card, ref random);
        return planned;
    }

    private void Arrive(ref Xoshiro256 random)
    {
        int hour = (int)(NextAt % DayMilliseconds / HourMilliseconds);
        _nextAt += random.NextExponential() * _meanGapByHour[hour];
    }

    private static void MayTravel(long now, ref Card card, ref Xoshiro256 random)
    {
        if (now < card.TravelsUntil || random.NextDouble() >= JourneyStarts) return;
        card.TravelCountry = random.NextInt(Country.All.Length);
        card.TravelsUntil = now + (random.NextInt(2, 12) * DayMilliseconds);
    }

    private void PlanTrip(long now, int card, ref Xoshiro256 random)
    {
        int count = random.NextInt(1, 4);
        long at = now;
        for (int i = 0; i < count; i++)
        {
            at += MinuteMilliseconds + (long)(random.NextDouble() * 30 * MinuteMilliseconds);
            _schedule.Add(Draw(at, card, ref random));
        }
    }

    private PlannedTransaction Draw(long at, int card, ref Xoshiro256 random)
    {
        ref readonly Card owner = ref _cards.All[card];
        int terminal = DrawTerminal(at, card, in owner, ref random);
        (double shift, double sigma) = MerchantCategories.Amounts[(int)_terminals.All[terminal].Category];
        double amount = PortableMath.Exp(owner.MeanLogAmount + shift + (sigma * random.NextNormal()));
        if (random.NextDouble() < LargePurchase) amount *= random.NextDouble(2, 5);
        return new PlannedTransaction(at, card, terminal, Amounts.ToCents(amount), FraudScenario.None);
    }

    private int DrawTerminal(long at, int card, in Card owner, ref Xoshiro256 random)
    {
        bool online = random.NextDouble() < owner.OnlineShare;
        double habit = random.NextDouble();
        if (online) return habit < StrangeShop ? Any(_terminals.Online, ref random) : _cards.DrawOnlineFavourite(card, ref random);
        if (at < owner.TravelsUntil) return Any(_terminals.PresentIn(owner.TravelCountry), ref random);
        return habit < ElsewhereInCountry ? Any(_terminals.PresentIn(owner.Country), ref random) : _cards.DrawPresentFavourite(card, ref random);
    }

    private static int Any(int[] terminals, ref Xoshiro256 random) => terminals[random.NextInt(terminals.Length)];
}
