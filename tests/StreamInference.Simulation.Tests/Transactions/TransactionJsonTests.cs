using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace StreamInference.Simulation.Tests.Transactions;

public sealed class TransactionJsonTests
{
    [Fact]
    public void Records_are_JSON_that_says_what_the_transaction_says()
    {
        TransactionSimulator simulator = new(new SimulatorOptions { Customers = 100, Terminals = 50, FraudRate = 0.05, IncludeLabel = true });
        ArrayBufferWriter<byte> value = new();
        ArrayBufferWriter<byte> key = new();
        for (int i = 0; i < 5_000; i++)
        {
            value.ResetWrittenCount();
            key.ResetWrittenCount();
            ref readonly SimulatedTransaction transaction = ref simulator.WriteNext(value, key);
            using JsonDocument json = JsonDocument.Parse(value.WrittenMemory);
            AssertSame(in transaction, json.RootElement);
            Assert.Equal(json.RootElement.GetProperty("card_id").GetString(), Encoding.UTF8.GetString(key.WrittenSpan));
        }
    }

    [Theory]
    [InlineData(0, 2, "0.00")]
    [InlineData(5, 2, "0.05")]
    [InlineData(-5, 2, "-0.05")]
    [InlineData(123_456, 2, "1234.56")]
    [InlineData(-37_001, 4, "-3.7001")]
    [InlineData(1_000, 3, "1.000")]
    [InlineData(9, 1, "0.9")]
    public void Fixed_point_numbers_keep_their_decimals(long value, int decimals, string expected)
    {
        byte[] buffer = new byte[32];
        Utf8RecordWriter writer = new(buffer);
        writer.Fixed(value, decimals);
        Assert.Equal(expected, Encoding.UTF8.GetString(buffer, 0, writer.Written));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(-99)]
    [InlineData(long.MaxValue)]
    public void Whole_numbers_are_written_as_usual(long value)
    {
        byte[] buffer = new byte[32];
        Utf8RecordWriter writer = new(buffer);
        writer.Integer(value);
        Assert.Equal(value.ToString(CultureInfo.InvariantCulture), Encoding.UTF8.GetString(buffer, 0, writer.Written));
    }

    private static void AssertSame(in SimulatedTransaction transaction, JsonElement json)
    {
        TransactionFeatures features = transaction.Features;
        Assert.Equal(transaction.TransactionId, ulong.Parse(json.GetProperty("transaction_id").GetString()!, NumberStyles.HexNumber));
        Assert.Equal(transaction.Sequence, json.GetProperty("seq").GetInt64());
        Assert.Equal(transaction.UnixMilliseconds, json.GetProperty("timestamp").GetDateTimeOffset().ToUnixTimeMilliseconds());
        Assert.Equal(transaction.AmountCents, json.GetProperty("amount").GetDecimal() * 100);
        Assert.Equal(transaction.Channel == Channel.CardPresent ? "CP" : "CNP", json.GetProperty("channel").GetString());
        Assert.Equal(MerchantCategories.Names[(int)transaction.Category], json.GetProperty("merchant_category").GetString());
        Assert.Equal(transaction.Location.LatitudeE4, json.GetProperty("latitude").GetDecimal() * 10_000);
        Assert.Equal(transaction.Location.LongitudeE4, json.GetProperty("longitude").GetDecimal() * 10_000);
        Assert.Equal(json.GetProperty("timestamp").GetDateTimeOffset().Hour, json.GetProperty("hour").GetInt32());
        Assert.Equal(((int)json.GetProperty("timestamp").GetDateTimeOffset().DayOfWeek + 6) % 7, json.GetProperty("weekday").GetInt32());
        Assert.Equal(features.CardCount1h, json.GetProperty("card_tx_count_1h").GetInt32());
        Assert.Equal(features.CardCount24h, json.GetProperty("card_tx_count_24h").GetInt32());
        Assert.Equal(features.AmountRatioMilli, json.GetProperty("amount_to_card_mean").GetDecimal() * 1_000);
        Assert.Equal(features.TerminalFraudRate28dE4, json.GetProperty("terminal_fraud_rate_28d").GetDecimal() * 10_000);
        Assert.Equal(features.KnownTerminal ? 1 : 0, json.GetProperty("known_terminal").GetInt32());
        Assert.Equal(transaction.IsFraud, json.GetProperty("is_fraud").GetBoolean());
        Assert.Equal(FraudScenarios.Names[(int)transaction.Scenario], json.GetProperty("scenario").GetString());
    }
}
