namespace StreamInference.Simulation;

/// <summary>Amounts in cents.</summary>
internal static class Amounts
{
    private const double Smallest = 0.2;
    private const double Largest = 20_000;

    /// <summary>Rounds to cents within the limits of a card.</summary>
    public static long ToCents(double amount) => (long)((Math.Clamp(amount, Smallest, Largest) * 100) + 0.5);
}
