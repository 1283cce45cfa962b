using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace StreamInference.Simulation.Tests.BadRecords;

public sealed class TransactionStreamTests
{
    private static readonly SimulatorOptions Small = new() { Customers = 100, Terminals = 50, WarmUpDays = 1 };

    [Fact]
    public void Good_records_are_what_they_would_be_without_bad_ones()
    {
        TransactionStream plain = new(Small);
        TransactionStream mixed = new(Small, new BadRecordOptions { Fraction = 0.2 });
        int bad = 0;
        for (int i = 0; i < 5_000; i++)
        {
            (ProducedRecord expected, byte[] expectedValue, byte[] expectedKey) = Next(plain);
            (ProducedRecord record, byte[] value, byte[] key) = Next(mixed);
            Assert.Equal(BadRecordKind.None, expected.BadRecord);
            Assert.Equal(expected.Sequence, record.Sequence);
            Assert.Equal(expectedKey, key);
            if (record.BadRecord == BadRecordKind.None) Assert.Equal(expectedValue, value);
            else bad++;
        }

        Assert.InRange(bad, 850, 1_150);
    }

    [Fact]
    public void Every_kind_occurs_and_the_same_seed_spoils_the_same_records()
    {
        BadRecordOptions options = new() { Fraction = 0.5, Seed = 9 };
        TransactionStream first = new(Small, options);
        TransactionStream second = new(Small, options);
        HashSet<BadRecordKind> seen = [];
        for (int i = 0; i < 1_000; i++)
        {
            (ProducedRecord a, byte[] value, byte[] _) = Next(first);
            (ProducedRecord b, byte[] again, byte[] _) = Next(second);
            Assert.Equal(a, b);
            Assert.Equal(value, again);
            seen.Add(a.BadRecord);
        }

        Assert.Equal(Enum.GetValues<BadRecordKind>().ToHashSet(), seen);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_bad_record_is_bad_as_its_kind_says(BadRecordKind kind)
    {
        TransactionStream stream = new(Small, new BadRecordOptions { Fraction = 1, Kinds = [kind], HugeBytes = 5_000 });
        for (int i = 0; i < 50; i++)
        {
            (ProducedRecord record, byte[] value, _) = Next(stream);
            Assert.Equal(kind, record.BadRecord);
            Assert.Equal(kind == BadRecordKind.NullValue, record.IsNullValue);
            Assert.True(IsAsBadAs(kind, value), Encoding.UTF8.GetString(value));
        }
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TransactionStream(Small, new BadRecordOptions { Fraction = 1.1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TransactionStream(Small, new BadRecordOptions { Kinds = [] }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TransactionStream(Small, new BadRecordOptions { Kinds = [BadRecordKind.None] }));
    }

    public static TheoryData<BadRecordKind> Kinds { get; } = [.. Enum.GetValues<BadRecordKind>().Where(kind => kind != BadRecordKind.None)];

    private static bool IsAsBadAs(BadRecordKind kind, byte[] value) => kind switch
    {
        BadRecordKind.MalformedJson or BadRecordKind.TruncatedJson or BadRecordKind.NotANumber => !IsJson(value),
        BadRecordKind.WrongType => Amount(value) is JsonValueKind.String,
        BadRecordKind.NestedValue => Amount(value) is JsonValueKind.Object,
        BadRecordKind.MissingField => Amount(value) is null,
        BadRecordKind.NullField => Amount(value) is JsonValueKind.Null,
        BadRecordKind.OutOfRange => Encoding.UTF8.GetString(value).Contains("\"amount\":1e999,", StringComparison.Ordinal) && IsJson(value),
        BadRecordKind.NotAnObject => JsonDocument.Parse(value).RootElement.ValueKind == JsonValueKind.Array,
        BadRecordKind.InvalidUtf8 => !Utf8.IsValid(value) && value.Length > 500,
        BadRecordKind.Empty or BadRecordKind.NullValue => value.Length == 0,
        BadRecordKind.Huge => value.Length == 5_000 && Amount(value) is null,
        _ => false,
    };

    private static bool IsJson(byte[] value)
    {
        try
        {
            JsonDocument.Parse(value).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static JsonValueKind? Amount(byte[] value)
    {
        using JsonDocument json = JsonDocument.Parse(value);
        return json.RootElement.TryGetProperty("amount", out JsonElement amount) ? amount.ValueKind : null;
    }

    private static (ProducedRecord Record, byte[] Value, byte[] Key) Next(TransactionStream stream)
    {
        ArrayBufferWriter<byte> value = new();
        ArrayBufferWriter<byte> key = new();
        ProducedRecord record = stream.WriteNext(value, key);
        return (record, value.WrittenSpan.ToArray(), key.WrittenSpan.ToArray());
    }
}
