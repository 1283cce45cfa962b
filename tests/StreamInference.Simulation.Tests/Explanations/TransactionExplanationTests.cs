using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamInference.Simulation.Tests.Explanations;

public sealed class TransactionExplanationTests
{
    private const string Quiet = """
        {"score":0.914,"amount":39.23,"currency":"EUR","merchant_category":"digital_goods","channel":"CNP","country":"ES","card_country":"ES","hour":12,"card_tx_count_1h":0,
         "card_amount_mean_28d":38.66,"amount_to_card_mean":1.014,"distance_from_home_km":0,"speed_kmh":0,"known_terminal":1,"terminal_fraud_rate_7d":0.0185}
        """;

    [Fact]
    public void A_transaction_without_anything_unusual_has_its_score_amount_and_place() => Assert.Equal(
        ["Declined with a score of 91%.", "The amount of 39.23 EUR is normal for the card.", "Paid online, digital goods, in Spain."],
        Sentences("score", 0.914));

    [Theory]
    [InlineData("amount_to_card_mean", 5.0, "The amount of 39.23 EUR is 5.0 times the card's usual 38.66 EUR.")]
    [InlineData("amount_to_card_mean", 4.95, "The amount of 39.23 EUR is 5.0 times the card's usual 38.66 EUR.")]
    [InlineData("amount_to_card_mean", 4.94, "The amount of 39.23 EUR is above the card's usual 38.66 EUR.")]
    [InlineData("amount_to_card_mean", 0.149, "The amount of 39.23 EUR is far below the card's usual 38.66 EUR.")]
    [InlineData("country", "US", "Paid online, digital goods, in the United States with a card from Spain.")]
    [InlineData("channel", "CP", "Paid in a shop, digital goods, in Spain.")]
    [InlineData("speed_kmh", 900, "From the last payment the card would have travelled at 900 km/h.")]
    [InlineData("distance_from_home_km", 199.5, "It is 200 km from the cardholder's home.")]
    [InlineData("card_tx_count_1h", 3, "The card was used 3 times in the hour before.")]
    [InlineData("hour", 5, "It happened at night, at 5:00.")]
    [InlineData("known_terminal", 0, "The card was never used at this shop before.")]
    [InlineData("terminal_fraud_rate_7d", 0.045, "In the last week 5% of this shop's payments were fraud.")]
    public void What_stands_out_has_a_sentence_decided_on_the_number_as_it_is_shown(string field, object value, string sentence) =>
        Assert.Contains(sentence, Sentences(field, value));

    [Theory]
    [InlineData("speed_kmh", 899)]
    [InlineData("distance_from_home_km", 199.4)]
    [InlineData("card_tx_count_1h", 2)]
    [InlineData("hour", 6)]
    [InlineData("terminal_fraud_rate_7d", 0.0449)]
    public void What_does_not_quite_stand_out_has_none(string field, object value) => Assert.Equal(3, Sentences(field, value).Count);

    [Fact]
    public void Every_simulated_transaction_has_an_explanation()
    {
        TransactionSimulator simulator = new(new SimulatorOptions { Customers = 200, Terminals = 200, FraudRate = 0.1 });
        ArrayBufferWriter<byte> value = new(), key = new();
        for (int i = 0; i < 2000; i++)
        {
            value.ResetWrittenCount();
            simulator.WriteNext(value, key);
            JsonObject alert = JsonNode.Parse(value.WrittenSpan)!.AsObject();
            alert["score"] = 0.8;
            Assert.InRange(TransactionExplanation.Sentences(JsonSerializer.SerializeToElement(alert)).Count, 3, 8);
        }
    }

    private static IReadOnlyList<string> Sentences(string field, object value)
    {
        JsonObject alert = JsonNode.Parse(Quiet)!.AsObject();
        alert[field] = JsonSerializer.SerializeToNode(value);
        return TransactionExplanation.Sentences(JsonSerializer.SerializeToElement(alert));
    }
}
