namespace StreamInference.Simulation;

/// <summary>
/// Starts frauds at random, often enough to reach the wanted share of fraudulent transactions, and plans their transactions.
/// </summary>
internal sealed class FraudPlanner
{
    private const long MinuteMilliseconds = 60_000;
    private const long HourMilliseconds = 60 * MinuteMilliseconds;
    private const long DayMilliseconds = 24 * HourMilliseconds;

    /// <summary>Share of a compromised terminal's transactions that are fraud.</summary>
    private const double CompromisedShare = 0.8;

    private const int ShortestCompromiseDays = 14;
    private const int LongestCompromiseDays = 42;
    private const double MeanCompromiseDays = (ShortestCompromiseDays + LongestCompromiseDays) / 2.0;

    /// <summary>Share of the fraudulent transactions by scenario, from <see cref="FraudScenario.AmountAnomaly"/> on.</summary>
    private static readonly double[] Shares = [0.15, 0.20, 0.25, 0.22, 0.18];

    private readonly CardDirectory _cards;
    private readonly TerminalDirectory _terminals;
    private readonly TransactionSchedule _schedule;
    private readonly double[] _startBelow = new double[Shares.Length];

    /// <param name="options">The wanted share and volume.</param>
    /// <param name="cards">Victims are drawn evenly.</param>
    /// <param name="terminals">Compromised terminals are drawn evenly.</param>
    /// <param name="schedule">Receives the planned transactions.</param>
    public FraudPlanner(SimulatorOptions options, CardDirectory cards, TerminalDirectory terminals, TransactionSchedule schedule)
    {
        _cards = cards;
        _terminals = terminals;
        _schedule = schedule;
        double presentPerDay = cards.All.Length * options.TransactionsPerCardPerDay * cards.All.Average(card => 1 - card.OnlineShare);
        double perCompromise = presentPerDay / terminals.Present.Length * MeanCompromiseDays * CompromisedShare;
        double[] transactionsPerStart = [1, perCompromise, 5, 11, 5];
        double sum = 0;
        for (int i = 0; i < Shares.Length; i++)
        {
            sum += options.FraudRate * Shares[i] / transactionsPerStart[i];
            _startBelow[i] = sum;
        }
    }

    /// <summary>At each genuine transaction a fraud may start, anywhere.</summary>
    public void MayStart(long now, ref Xoshiro256 random)
    {
        double draw = random.NextDouble();
        if (draw >= _startBelow[^1]) return;
        int victim = random.NextInt(_cards.All.Length);
        if (draw < _startBelow[0]) PlanAmountAnomaly(now, victim, ref random);
        else if (draw < _startBelow[1]) CompromiseTerminal(now, ref random);
        else if (draw < _startBelow[2]) PlanCompromisedCard(now, victim, ref random);
        else if (draw < _startBelow[3]) PlanRapidSequence(now, victim, ref random);
        else PlanStolenCard(now, victim, ref random);
    }

    /// <summary>Whether a genuine customer's payment at this terminal falls into criminal hands.</summary>
    public static bool IsDiverted(in Terminal terminal, long now, ref Xoshiro256 random) =>
        terminal.CompromisedUntil > now && random.NextDouble() < CompromisedShare;

    private void CompromiseTerminal(long now, ref Xoshiro256 random)
    {
        int terminal = _terminals.Present[random.NextInt(_terminals.Present.Length)];
        _terminals.All[terminal].CompromisedUntil = now + (random.NextInt(ShortestCompromiseDays, LongestCompromiseDays) * DayMilliseconds);
    }

    private void PlanAmountAnomaly(long now, int card, ref Xoshiro256 random)
    {
        int terminal = random.NextDouble() < 0.6
            ? _cards.DrawPresentFavourite(card, ref random)
            : _cards.DrawOnlineFavourite(card, ref random);
        Plan(now + Within(HourMilliseconds, ref random), card, terminal, random.NextDouble(6, 18), FraudScenario.AmountAnomaly);
    }

    private void PlanCompromisedCard(long now, int card, ref Xoshiro256 random)
    {
        int count = random.NextInt(2, 8);
        long span = random.NextInt(1, 4) * DayMilliseconds;
        for (int i = 0; i < count; i++)
            Plan(now + Within(span, ref random), card, Online(ref random), random.NextDouble(2, 7), FraudScenario.CompromisedCard);
    }

    private void PlanRapidSequence(long now, int card, ref Xoshiro256 random)
    {
        int small = random.NextInt(4, 14);
        int large = random.NextInt(1, 3);
        int shop = Online(ref random);
        long at = now;
        for (int i = 0; i < small + large; i++)
        {
            at += 5_000 + Within(3 * MinuteMilliseconds, ref random);
            bool isTest = i < small;
            int terminal = isTest && random.NextDouble() < 0.8 ? shop : Online(ref random);
            double factor = isTest ? random.NextDouble(0.02, 0.2) : random.NextDouble(3, 9);
            Plan(at, card, terminal, factor, FraudScenario.RapidSequence);
        }
    }

    private void PlanStolenCard(long now, int card, ref Xoshiro256 random)
    {
        int count = random.NextInt(3, 7);
        // Half of the thieves stay in the country, at terminals that the owner has hardly ever used.
        int[] places = random.NextDouble() < 0.5
            ? _terminals.PresentIn(random.NextInt(Country.All.Length))
            : _terminals.PresentIn(_cards.All[card].Country);
        long at = now;
        for (int i = 0; i < count; i++)
        {
            at += 2 * MinuteMilliseconds + Within(90 * MinuteMilliseconds, ref random);
            Plan(at, card, places[random.NextInt(places.Length)], random.NextDouble(1, 4.5), FraudScenario.StolenCard);
        }
    }

    private int Online(ref Xoshiro256 random) => _terminals.Online[random.NextInt(_terminals.Online.Length)];

    private void Plan(long at, int card, int terminal, double factor, FraudScenario scenario) =>
        _schedule.Add(new PlannedTransaction(at, card, terminal, Amounts.ToCents(_cards.All[card].TypicalAmount * factor), scenario));

    private static long Within(long span, ref Xoshiro256 random) => (long)(random.NextDouble() * span);
}
