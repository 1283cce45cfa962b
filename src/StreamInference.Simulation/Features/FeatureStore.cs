namespace StreamInference.Simulation;

/// <summary>The running features of all cards and terminals.</summary>
internal sealed class FeatureStore
{
    private const long DayMilliseconds = 86_400_000;
    private const long HourMilliseconds = 3_600_000;
    private const int LongestGapSeconds = 28 * 86_400;
    private const int MaxSpeedKmh = 9_999;
    private const int RecentTerminals = 32;

    // Below a minute two terminals in one street would look like a flight.
    private const long ShortestMoveMilliseconds = 60_000;

    private readonly TiledWindow _card1h;
    private readonly TiledWindow _card24h;
    private readonly TiledWindow _cardOnline24h;
    private readonly TiledWindow _card7d;
    private readonly TiledWindow _card28d;
    private readonly TiledWindow _terminal24h;
    private readonly DelayedRateWindow _terminalRate;
    private readonly LastUse[] _last;
    private readonly int[] _recent;

    public FeatureStore(int cards, int terminals)
    {
        _card1h = new TiledWindow(cards, 12, TimeSpan.FromMinutes(5));
        _card24h = new TiledWindow(cards, 24, TimeSpan.FromHours(1));
        _cardOnline24h = new TiledWindow(cards, 24, TimeSpan.FromHours(1));
        _card7d = new TiledWindow(cards, 7, TimeSpan.FromDays(1));
        _card28d = new TiledWindow(cards, 28, TimeSpan.FromDays(1));
        _terminal24h = new TiledWindow(terminals, 24, TimeSpan.FromHours(1));
        _terminalRate = new DelayedRateWindow(terminals);
        _last = new LastUse[cards];
        _recent = new int[cards * RecentTerminals];
        Array.Fill(_recent, -1);
    }

    /// <summary>Fills the features of a transaction from what came before it, then adds it.</summary>
    public void Join(ref SimulatedTransaction transaction, in Card card)
    {
        ReadCard(ref transaction, in card);
        ReadPlace(ref transaction, in card);
        ReadTerminal(ref transaction);
        Add(in transaction);
    }

    private void ReadCard(ref SimulatedTransaction transaction, in Card card)
    {
        long now = transaction.UnixMilliseconds;
        int index = transaction.Card;
        ref TransactionFeatures features = ref transaction.FeaturesRef();
        WindowTotal day = _card24h.Read(index, now);
        WindowTotal week = _card7d.Read(index, now);
        WindowTotal month = _card28d.Read(index, now);
        features.Hour = (int)(now % DayMilliseconds / HourMilliseconds);
        // 1 January 1970 was a Thursday.
        features.Weekday = (int)(((now / DayMilliseconds) + 3) % 7);
        features.CardCount1h = _card1h.Read(index, now).Count;
        features.CardCount24h = day.Count;
        features.CardCount7d = week.Count;
        features.CardOnlineCount24h = _cardOnline24h.Read(index, now).Count;
        features.CardAmountSum24hCents = day.Sum;
        features.CardAmountMean7dCents = week.Count == 0 ? 0 : week.Sum / week.Count;
        features.CardAmountMean28dCents = month.Count == 0 ? 0 : month.Sum / month.Count;
        features.AmountRatioMilli = month.Sum == 0 ? 1_000 : transaction.AmountCents * 1_000 * month.Count / month.Sum;
        features.Foreign = transaction.TerminalCountry != card.Country;
    }

    private void ReadPlace(ref SimulatedTransaction transaction, in Card card)
    {
        ref TransactionFeatures features = ref transaction.FeaturesRef();
        ref readonly LastUse last = ref _last[transaction.Card];
        features.CardSecondsSinceLast = last.At == 0
            ? LongestGapSeconds
            : (int)Math.Min(LongestGapSeconds, (transaction.UnixMilliseconds - last.At) / 1_000);
        features.KnownTerminal = Recent(transaction.Card).Contains(transaction.Terminal);
        features.DistanceHomeDeciKm = 0;
        features.DistanceLastDeciKm = 0;
        features.SpeedKmh = 0;
        if (transaction.Channel != Channel.CardPresent) return;
        features.DistanceHomeDeciKm = (int)(card.Home.DistanceKm(transaction.Location) * 10);
        if (last.PresentAt == 0) return;
        double km = last.Location.DistanceKm(transaction.Location);
        long elapsed = Math.Max(ShortestMoveMilliseconds, transaction.UnixMilliseconds - last.PresentAt);
        features.DistanceLastDeciKm = (int)(km * 10);
        features.SpeedKmh = (int)Math.Min(MaxSpeedKmh, km * HourMilliseconds / elapsed);
    }

    private void ReadTerminal(ref SimulatedTransaction transaction)
    {
        long now = transaction.UnixMilliseconds;
        ref TransactionFeatures features = ref transaction.FeaturesRef();
        (FraudCount month, FraudCount week) = _terminalRate.Read(transaction.Terminal, now);
        features.TerminalCount24h = _terminal24h.Read(transaction.Terminal, now).Count;
        features.TerminalCount28d = month.Events;
        features.TerminalFraudRate28dE4 = month.RateE4;
        features.TerminalFraudRate7dE4 = week.RateE4;
    }

    private void Add(in SimulatedTransaction transaction)
    {
        long now = transaction.UnixMilliseconds;
        int card = transaction.Card;
        long cents = transaction.AmountCents;
        _card1h.Add(card, now, cents);
        _card24h.Add(card, now, cents);
        _card7d.Add(card, now, cents);
        _card28d.Add(card, now, cents);
        _terminal24h.Add(transaction.Terminal, now, cents);
        _terminalRate.Add(transaction.Terminal, now, transaction.IsFraud);
        ref LastUse last = ref _last[card];
        Recent(card)[last.Uses++ % RecentTerminals] = transaction.Terminal;
        last.At = now;
        if (transaction.Channel == Channel.CardPresent)
        {
            last.PresentAt = now;
            last.Location = transaction.Location;
        }
        else
        {
            _cardOnline24h.Add(card, now, cents);
        }
    }

    private Span<int> Recent(int card) => _recent.AsSpan(card * RecentTerminals, RecentTerminals);

    private struct LastUse
    {
        public long At;
        public long PresentAt;
        public GeoPoint Location;
        public int Uses;
    }
}
