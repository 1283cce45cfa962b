namespace StreamInference.Simulation;

/// <summary>A transaction that will happen: of a fraud under way, or of a genuine shopping trip.</summary>
internal readonly record struct PlannedTransaction(long At, int Card, int Terminal, long AmountCents, FraudScenario Scenario);
