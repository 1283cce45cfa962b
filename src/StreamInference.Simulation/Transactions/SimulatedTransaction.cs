using System.Diagnostics.CodeAnalysis;

namespace StreamInference.Simulation;

/// <summary>A transaction with its joined features and its truth.</summary>
public struct SimulatedTransaction
{
    private TransactionFeatures _features;

    /// <summary>Position in the stream: 0, 1, 2 … without gap.</summary>
    public long Sequence { get; internal set; }

    /// <summary>Unique within a seed; written as 16 hexadecimal digits.</summary>
    public ulong TransactionId { get; internal set; }

    /// <summary>Simulated time, milliseconds since 1970 UTC; never goes back.</summary>
    public long UnixMilliseconds { get; internal set; }

    /// <summary>Index of the customer.</summary>
    public int Customer { get; internal set; }

    /// <summary>Index of the card; the record's key.</summary>
    public int Card { get; internal set; }

    /// <summary>Index of the terminal.</summary>
    public int Terminal { get; internal set; }

    /// <summary>Amount in cents of euro, the issuer's currency.</summary>
    public long AmountCents { get; internal set; }

    /// <summary>How the card was used.</summary>
    public Channel Channel { get; internal set; }

    /// <summary>What the terminal sells.</summary>
    public MerchantCategory Category { get; internal set; }

    /// <summary>Where the terminal is.</summary>
    public GeoPoint Location { get; internal set; }

    /// <summary>Why it is fraud, or <see cref="FraudScenario.None"/>.</summary>
    public FraudScenario Scenario { get; internal set; }

    /// <summary>Whether it is fraud.</summary>
    public readonly bool IsFraud => Scenario != FraudScenario.None;

    /// <summary>What is known of its card and terminal before it.</summary>
    public readonly TransactionFeatures Features => _features;

    internal int TerminalCountry { get; set; }

    internal int CardCountry { get; set; }

    [UnscopedRef]
    internal ref TransactionFeatures FeaturesRef() => ref _features;

    [UnscopedRef]
    internal readonly ref readonly TransactionFeatures FeaturesIn() => ref _features;
}
