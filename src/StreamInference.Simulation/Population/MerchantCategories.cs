using System.Text;

namespace StreamInference.Simulation;

/// <summary>Names and spending habits of the <see cref="MerchantCategory"/> values.</summary>
public static class MerchantCategories
{
    /// <summary>The names as they stand in records, in the order of the enum's values.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "grocery", "restaurant", "fuel", "pharmacy", "clothing", "electronics",
        "travel", "entertainment", "digital_goods", "home", "jewelry", "transport",
    ];

    /// <summary>The names as UTF-8, for the hot path.</summary>
    internal static byte[][] Utf8Names { get; } = [.. Names.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Log shift of the amount against the card's typical amount, and its spread.</summary>
    internal static (double Shift, double Sigma)[] Amounts { get; } =
    [
        (-0.1, 0.5), (-0.2, 0.5), (0.3, 0.3), (-0.3, 0.5), (0.4, 0.6), (1.0, 0.7),
        (1.3, 0.6), (-0.1, 0.5), (-0.6, 0.6), (0.6, 0.7), (1.4, 0.7), (-0.8, 0.5),
    ];

    /// <summary>Share of the terminals by category where the card is present.</summary>
    internal static double[] PresentWeights { get; } = [30, 20, 10, 8, 8, 4, 2, 7, 0, 6, 1, 8];

    /// <summary>Share of the terminals by category where it is not.</summary>
    internal static double[] NotPresentWeights { get; } = [3, 2, 0, 2, 20, 18, 14, 12, 25, 8, 2, 4];
}
