using System.Buffers;

namespace StreamInference.Simulation;

/// <summary>
/// Writes transactions as flat JSON objects (<c>topics/fraud/transaction.schema.json</c>). All text is ASCII without characters that
/// JSON escapes, and all numbers are fixed-point, so plain copying is enough.
/// </summary>
internal sealed class TransactionJsonWriter(bool includeLabel)
{
    /// <summary>Above the longest record: about 700 bytes of names and 300 of the longest values.</summary>
    private const int LongestRecord = 1_280;

    private const int IdDigits = 7;
    private const long DayMilliseconds = 86_400_000;

    // The date of the last record: it changes once in thousands of records.
    private readonly byte[] _date = new byte[10];
    private long _day = -1;

    public static void WriteKey(in SimulatedTransaction transaction, IBufferWriter<byte> key)
    {
        Utf8RecordWriter writer = new(key.GetSpan(32));
        writer.Text("card-"u8);
        writer.Digits(transaction.Card, IdDigits);
        key.Advance(writer.Written);
    }

    public void WriteValue(in SimulatedTransaction transaction, IBufferWriter<byte> value)
    {
        Utf8RecordWriter writer = new(value.GetSpan(LongestRecord));
        WriteIdentity(ref writer, in transaction);
        WritePayment(ref writer, in transaction);
        WriteCardFeatures(ref writer, in transaction.FeaturesIn());
        WriteOtherFeatures(ref writer, in transaction.FeaturesIn());
        if (includeLabel) WriteLabel(ref writer, in transaction);
        writer.Byte((byte)'}');
        value.Advance(writer.Written);
    }

    private void WriteIdentity(ref Utf8RecordWriter writer, in SimulatedTransaction transaction)
    {
        writer.Text("{\"transaction_id\":\""u8);
        writer.Hex(transaction.TransactionId);
        writer.Text("\",\"seq\":"u8);
        writer.Integer(transaction.Sequence);
        writer.Text(",\"timestamp\":\""u8);
        WriteTimestamp(ref writer, transaction.UnixMilliseconds);
        writer.Text("\",\"customer_id\":\"cust-"u8);
        writer.Digits(transaction.Customer, IdDigits);
        writer.Text("\",\"card_id\":\"card-"u8);
        writer.Digits(transaction.Card, IdDigits);
        writer.Text("\",\"terminal_id\":\"term-"u8);
        writer.Digits(transaction.Terminal, IdDigits);
    }

    private static void WritePayment(ref Utf8RecordWriter writer, in SimulatedTransaction transaction)
    {
        writer.Text("\",\"amount\":"u8);
        writer.Fixed(transaction.AmountCents, 2);
        writer.Text(",\"currency\":\"EUR\",\"channel\":\""u8);
        writer.Text(transaction.Channel == Channel.CardPresent ? "CP"u8 : "CNP"u8);
        writer.Text("\",\"merchant_category\":\""u8);
        writer.Text(MerchantCategories.Utf8Names[(int)transaction.Category]);
        writer.Text("\",\"country\":\""u8);
        writer.Text(Country.Utf8Codes[transaction.TerminalCountry]);
        writer.Text("\",\"card_country\":\""u8);
        writer.Text(Country.Utf8Codes[transaction.CardCountry]);
        writer.Text("\",\"latitude\":"u8);
        writer.Fixed(transaction.Location.LatitudeE4, 4);
        writer.Text(",\"longitude\":"u8);
        writer.Fixed(transaction.Location.LongitudeE4, 4);
    }

    private static void WriteCardFeatures(ref Utf8RecordWriter writer, in TransactionFeatures features)
    {
        writer.Text(",\"card_tx_count_1h\":"u8);
        writer.Integer(features.CardCount1h);
        writer.Text(",\"card_tx_count_24h\":"u8);
        writer.Integer(features.CardCount24h);
        writer.Text(",\"card_tx_count_7d\":"u8);
        writer.Integer(features.CardCount7d);
        writer.Text(",\"card_cnp_count_24h\":"u8);
        writer.Integer(features.CardOnlineCount24h);
        writer.Text(",\"card_amount_sum_24h\":"u8);
        writer.Fixed(features.CardAmountSum24hCents, 2);
        writer.Text(",\"card_amount_mean_7d\":"u8);
        writer.Fixed(features.CardAmountMean7dCents, 2);
        writer.Text(",\"card_amount_mean_28d\":"u8);
        writer.Fixed(features.CardAmountMean28dCents, 2);
        writer.Text(",\"amount_to_card_mean\":"u8);
        writer.Fixed(features.AmountRatioMilli, 3);
        writer.Text(",\"seconds_since_last_tx\":"u8);
        writer.Integer(features.CardSecondsSinceLast);
    }

    private static void WriteOtherFeatures(ref Utf8RecordWriter writer, in TransactionFeatures features)
    {
        writer.Text(",\"distance_from_home_km\":"u8);
        writer.Fixed(features.DistanceHomeDeciKm, 1);
        writer.Text(",\"distance_from_last_km\":"u8);
        writer.Fixed(features.DistanceLastDeciKm, 1);
        writer.Text(",\"speed_kmh\":"u8);
        writer.Integer(features.SpeedKmh);
        writer.Text(",\"known_terminal\":"u8);
        writer.Byte((byte)(features.KnownTerminal ? '1' : '0'));
        writer.Text(",\"foreign\":"u8);
        writer.Byte((byte)(features.Foreign ? '1' : '0'));
        writer.Text(",\"hour\":"u8);
        writer.Integer(features.Hour);
        writer.Text(",\"weekday\":"u8);
        writer.Integer(features.Weekday);
        writer.Text(",\"terminal_tx_count_24h\":"u8);
        writer.Integer(features.TerminalCount24h);
        writer.Text(",\"terminal_tx_count_28d\":"u8);
        writer.Integer(features.TerminalCount28d);
        writer.Text(",\"terminal_fraud_rate_28d\":"u8);
        writer.Fixed(features.TerminalFraudRate28dE4, 4);
        writer.Text(",\"terminal_fraud_rate_7d\":"u8);
        writer.Fixed(features.TerminalFraudRate7dE4, 4);
    }

    private static void WriteLabel(ref Utf8RecordWriter writer, in SimulatedTransaction transaction)
    {
        writer.Text(transaction.IsFraud ? ",\"is_fraud\":true,\"scenario\":\""u8 : ",\"is_fraud\":false,\"scenario\":\""u8);
        writer.Text(FraudScenarios.Utf8Names[(int)transaction.Scenario]);
        writer.Byte((byte)'"');
    }

    private void WriteTimestamp(ref Utf8RecordWriter writer, long milliseconds)
    {
        long day = milliseconds / DayMilliseconds;
        if (day != _day) SetDate(day);
        long time = milliseconds - (day * DayMilliseconds);
        writer.Text(_date);
        writer.Byte((byte)'T');
        writer.Digits(time / 3_600_000, 2);
        writer.Byte((byte)':');
        writer.Digits(time / 60_000 % 60, 2);
        writer.Byte((byte)':');
        writer.Digits(time / 1_000 % 60, 2);
        writer.Byte((byte)'.');
        writer.Digits(time % 1_000, 3);
        writer.Byte((byte)'Z');
    }

    private void SetDate(long day)
    {
        DateOnly date = DateOnly.FromDayNumber((int)day + DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber);
        Utf8RecordWriter writer = new(_date);
        writer.Digits(date.Year, 4);
        writer.Byte((byte)'-');
        writer.Digits(date.Month, 2);
        writer.Byte((byte)'-');
        writer.Digits(date.Day, 2);
        _day = day;
    }
}
