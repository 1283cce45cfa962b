namespace StreamInference.Simulation;

/// <summary>
/// What a feature pipeline joins to a transaction: running facts about its card and its terminal, as known just before it.
/// Everything is a whole number in a small unit, so that records are equal to the byte on every machine.
/// </summary>
public struct TransactionFeatures
{
    /// <summary>Hour of the day, UTC, 0 to 23.</summary>
    public int Hour { get; internal set; }

    /// <summary>Day of the week, 0 is Monday.</summary>
    public int Weekday { get; internal set; }

    /// <summary>Transactions of the card in the last hour (tiles of 5 minutes).</summary>
    public int CardCount1h { get; internal set; }

    /// <summary>Transactions of the card in the last 24 hours (tiles of an hour).</summary>
    public int CardCount24h { get; internal set; }

    /// <summary>Transactions of the card in the last 7 days (tiles of a day).</summary>
    public int CardCount7d { get; internal set; }

    /// <summary>Online transactions of the card in the last 24 hours.</summary>
    public int CardOnlineCount24h { get; internal set; }

    /// <summary>Sum of the card's amounts in the last 24 hours, cents.</summary>
    public long CardAmountSum24hCents { get; internal set; }

    /// <summary>Mean of the card's amounts in the last 7 days, cents; 0 without any.</summary>
    public long CardAmountMean7dCents { get; internal set; }

    /// <summary>Mean of the card's amounts in the last 28 days, cents; 0 without any.</summary>
    public long CardAmountMean28dCents { get; internal set; }

    /// <summary>The amount over the card's 28-day mean, thousandths; 1,000 without a mean.</summary>
    public long AmountRatioMilli { get; internal set; }

    /// <summary>Seconds since the card's last transaction, at most 28 days, which also stands for none.</summary>
    public int CardSecondsSinceLast { get; internal set; }

    /// <summary>Kilometres from the card holder's home to the terminal, tenths; 0 online.</summary>
    public int DistanceHomeDeciKm { get; internal set; }

    /// <summary>Kilometres from the card's last terminal to this one, tenths; 0 online and at first use.</summary>
    public int DistanceLastDeciKm { get; internal set; }

    /// <summary>Speed needed from the last terminal to this one, km/h, at most 9,999; 0 online.</summary>
    public int SpeedKmh { get; internal set; }

    /// <summary>Whether the terminal is among the last 32 that the card used.</summary>
    public bool KnownTerminal { get; internal set; }

    /// <summary>Whether the terminal's country is not the card's.</summary>
    public bool Foreign { get; internal set; }

    /// <summary>Transactions at the terminal in the last 24 hours (tiles of an hour).</summary>
    public int TerminalCount24h { get; internal set; }

    /// <summary>Transactions at the terminal in 28 days that ended 7 days ago.</summary>
    public int TerminalCount28d { get; internal set; }

    /// <summary>Share of them that turned out to be fraud, ten-thousandths.</summary>
    public int TerminalFraudRate28dE4 { get; internal set; }

    /// <summary>Share of fraud in the last 7 of those days, ten-thousandths.</summary>
    public int TerminalFraudRate7dE4 { get; internal set; }
}
