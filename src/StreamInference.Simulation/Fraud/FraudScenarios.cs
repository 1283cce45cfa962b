namespace StreamInference.Simulation;

/// <summary>Names of the <see cref="FraudScenario"/> values.</summary>
public static class FraudScenarios
{
    /// <summary>The names as they stand in labelled records, in the order of the enum's values.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["none", "amount_anomaly", "compromised_terminal", "compromised_card", "rapid_sequence", "stolen_card"];

    internal static byte[][] Utf8Names { get; } = [.. Names.Select(System.Text.Encoding.UTF8.GetBytes)];
}
