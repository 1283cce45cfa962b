namespace StreamInference.Simulation;

/// <summary>What is simulated. The same options give the same bytes on every machine.</summary>
public sealed record SimulatorOptions
{
    /// <summary>Seed of everything random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Number of customers, at least 10; a quarter of them has a second card.</summary>
    public int Customers { get; init; } = 4_000;

    /// <summary>Number of terminals, at least 10; about 15 % are web shops.</summary>
    public int Terminals { get; init; } = 2_000;

    /// <summary>Mean number of transactions of a card in a simulated day.</summary>
    public double TransactionsPerCardPerDay { get; init; } = 2;

    /// <summary>Simulated time of the first record. At or after 1971, so that history fits before it.</summary>
    public DateTimeOffset Start { get; init; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// Days simulated before <see cref="Start"/> without records, so that the running features have a history from the first record on.
    /// </summary>
    public int WarmUpDays { get; init; } = 35;

    /// <summary>Wanted share of fraudulent transactions, 0 to 0.1. Issuers see well below 1 %.</summary>
    public double FraudRate { get; init; } = 0.008;

    /// <summary>Whether records carry <c>is_fraud</c> and <c>scenario</c>, for training and evaluation only.</summary>
    public bool IncludeLabel { get; init; }

    /// <summary>Number of cards that follow from <see cref="Customers"/>.</summary>
    public int Cards => Customers + (Customers / 4);

    internal void ThrowIfInvalid()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Customers, 10);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Customers, 2_000_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(Terminals, 10);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Terminals, 2_000_000);
        if (!(TransactionsPerCardPerDay is > 0 and <= 1_000))
            throw new ArgumentOutOfRangeException(nameof(TransactionsPerCardPerDay), TransactionsPerCardPerDay, "Above 0, at most 1000.");
        if (!(FraudRate is >= 0 and <= 0.1))
            throw new ArgumentOutOfRangeException(nameof(FraudRate), FraudRate, "From 0 to 0.1.");
        ArgumentOutOfRangeException.ThrowIfNegative(WarmUpDays);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(WarmUpDays, 300);
        ArgumentOutOfRangeException.ThrowIfLessThan(Start.Year, 1971);
    }
}
