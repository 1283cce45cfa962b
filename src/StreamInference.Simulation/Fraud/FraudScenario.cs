namespace StreamInference.Simulation;

/// <summary>
/// Kinds of fraud, after the scenarios of the Fraud Detection Handbook (Le Borgne et al., chapter 3) and common reports of issuers.
/// The numbers are stable.
/// </summary>
public enum FraudScenario
{
    /// <summary>A genuine transaction.</summary>
    None = 0,

    /// <summary>A single amount far above the card's habit.</summary>
    AmountAnomaly = 1,

    /// <summary>A terminal in criminal hands for days to weeks: most of its transactions are fraud, at nearly ordinary amounts.</summary>
    CompromisedTerminal = 2,

    /// <summary>A stolen number, used online for larger amounts over some days.</summary>
    CompromisedCard = 3,

    /// <summary>Card testing: many small online payments within minutes, then large ones.</summary>
    RapidSequence = 4,

    /// <summary>A stolen card, used at far terminals within hours.</summary>
    StolenCard = 5,
}
