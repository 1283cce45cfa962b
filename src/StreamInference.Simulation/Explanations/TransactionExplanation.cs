using System.Globalization;
using System.Text.Json;

namespace StreamInference.Simulation;

/// <summary>
/// What an analyst should read about a declined transaction: one sentence for each fact that stands out, in a fixed order. The demo model is
/// trained on these texts and measured against them. Facts are decided on the numbers as the prompt shows them (rounded), so a reader of the
/// prompt alone can tell each.
/// </summary>
public static class TransactionExplanation
{
    private static readonly Dictionary<string, string> Countries = new()
    {
        ["FR"] = "France",
        ["DE"] = "Germany",
        ["ES"] = "Spain",
        ["IT"] = "Italy",
        ["NL"] = "the Netherlands",
        ["BE"] = "Belgium",
        ["AT"] = "Austria",
        ["PT"] = "Portugal",
        ["GB"] = "the United Kingdom",
        ["CH"] = "Switzerland",
        ["PL"] = "Poland",
        ["TR"] = "Turkey",
        ["RO"] = "Romania",
        ["US"] = "the United States",
    };

    /// <summary>The codes of <c>country</c> and <c>card_country</c> that have a name.</summary>
    public static IReadOnlyCollection<string> CountryCodes => Countries.Keys;

    /// <summary>The sentences for a scored transaction.</summary>
    /// <param name="alert">The fields that a declined result of topics/fraud carries: score, and the transaction's fields under their names.</param>
    /// <exception cref="KeyNotFoundException">A field is missing, or a country has no name.</exception>
    public static IReadOnlyList<string> Sentences(JsonElement alert)
    {
        List<string> sentences = [$"Declined with a score of {Shown(alert, "score", "0%")}.", Amount(alert), Place(alert)];
        int speed = (int)Number(alert, "speed_kmh", "0"), distance = (int)Number(alert, "distance_from_home_km", "0");
        if (speed >= 900) sentences.Add($"From the last payment the card would have travelled at {speed} km/h.");
        else if (distance >= 200) sentences.Add($"It is {distance} km from the cardholder's home.");
        if (Number(alert, "card_tx_count_1h", "0") >= 3) sentences.Add($"The card was used {Shown(alert, "card_tx_count_1h", "0")} times in the hour before.");
        if (Number(alert, "hour", "0") < 6) sentences.Add($"It happened at night, at {Shown(alert, "hour", "0")}:00.");
        if (Number(alert, "known_terminal", "0") == 0) sentences.Add("The card was never used at this shop before.");
        if (Number(alert, "terminal_fraud_rate_7d", "0.00") >= 0.05m) sentences.Add($"In the last week {Shown(alert, "terminal_fraud_rate_7d", "0%")} of this shop's payments were fraud.");
        return sentences;
    }

    private static string Amount(JsonElement alert)
    {
        string amount = $"The amount of {Shown(alert, "amount", "0.00")} {alert.GetProperty("currency").GetString()}";
        string usual = $"the card's usual {Shown(alert, "card_amount_mean_28d", "0.00")} {alert.GetProperty("currency").GetString()}";
        return Number(alert, "amount_to_card_mean", "0.0") switch
        {
            >= 5 => $"{amount} is {Shown(alert, "amount_to_card_mean", "0.0")} times {usual}.",
            >= 2 => $"{amount} is above {usual}.",
            < 0.2m => $"{amount} is far below {usual}.",
            _ => $"{amount} is normal for the card.",
        };
    }

    private static string Place(JsonElement alert)
    {
        string country = alert.GetProperty("country").GetString()!, home = alert.GetProperty("card_country").GetString()!;
        string category = alert.GetProperty("merchant_category").GetString()!.Replace('_', ' ');
        string channel = alert.GetProperty("channel").GetString() == "CP" ? "in a shop" : "online";
        return $"Paid {channel}, {category}, in {Countries[country]}{(country == home ? "" : $" with a card from {Countries[home]}")}.";
    }

    private static string Shown(JsonElement alert, string field, string format) => alert.GetProperty(field).GetDecimal().ToString(format, CultureInfo.InvariantCulture);

    private static decimal Number(JsonElement alert, string field, string format) => decimal.Parse(Shown(alert, field, format), CultureInfo.InvariantCulture);
}
