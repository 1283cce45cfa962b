namespace StreamInference.Simulation;

/// <summary>Transactions, and how many of them turned out to be fraud.</summary>
internal readonly record struct FraudCount(int Events, int Frauds)
{
    /// <summary>Share of frauds in ten-thousandths; 0 without transactions.</summary>
    public int RateE4 => Events == 0 ? 0 : (int)(Frauds * 10_000L / Events);

    public static FraudCount operator +(FraudCount a, FraudCount b) => new(a.Events + b.Events, a.Frauds + b.Frauds);

    public static FraudCount operator -(FraudCount a, FraudCount b) => new(a.Events - b.Events, a.Frauds - b.Frauds);
}
