using System.Globalization;
using System.Text;
using CsCheck;
using StreamInference.Onnx.Tabular;

namespace StreamInference.Onnx.Tests.Tabular;

public sealed unsafe class JsonNumberTests
{
    // Every way a double or a decimal of the field comes as text: short, round-trip, fixed, with exponents, with far too many digits.
    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Double.Where(double.IsFinite).Select(value => value.ToString("R", CultureInfo.InvariantCulture)),
        Gen.Double[-1000, 1000].Select(value => value.ToString("R", CultureInfo.InvariantCulture)),
        Gen.Double[-1, 1].Select(value => value.ToString("F15", CultureInfo.InvariantCulture)),
        Gen.Float.Where(float.IsFinite).Select(value => value.ToString("R", CultureInfo.InvariantCulture)),
        Gen.Float.Where(float.IsFinite).Select(value => Halfway(value).ToString("R", CultureInfo.InvariantCulture)),
        Gen.Long.Select(value => value.ToString(CultureInfo.InvariantCulture)),
        Gen.Select(Gen.Int[0, 1200], Gen.Int[1, 20], Gen.Long[0, 99_999_999_999_999_999], (whole, digits, fraction) =>
            $"{whole}.{fraction.ToString(CultureInfo.InvariantCulture).PadLeft(20, '0')[..digits]}"),
        Gen.Select(Gen.ULong, Gen.Int[-80, 80], (digits, power) => $"{digits}e{power}"),
        Gen.Select(Gen.ULong, Gen.ULong, Gen.Int[-330, 330], (whole, fraction, power) => $"-{whole}.{fraction}E{power}"),
        Gen.Select(Gen.Int[0, 30], Gen.ULong, (zeros, digits) => $"0.{new string('0', zeros)}{digits}"));

    [Fact]
    public void Numbers_round_as_double_Parse_does() => Texts.Sample(
        text => BitConverter.DoubleToInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)) == BitConverter.DoubleToInt64Bits(Scan(text).Double), iter: 50_000);

    [Fact]
    public void Numbers_round_once_as_float_Parse_does() => Texts.Sample(
        text => BitConverter.SingleToInt32Bits(float.Parse(text, CultureInfo.InvariantCulture)) == BitConverter.SingleToInt32Bits(Scan(text).Single), iter: 50_000);

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("-0", 0L)]
    [InlineData("3.0", 3L)]
    [InlineData("3e2", 300L)]
    [InlineData("30e-1", 3L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("9223372036854775807.0000000000", long.MaxValue)]
    [InlineData("9007199254740993", 9007199254740993L)]
    [InlineData("3.7", null)]
    [InlineData("9223372036854775808", null)]
    [InlineData("-9223372036854775809", null)]
    [InlineData("1e19", null)]
    [InlineData("1e400", null)]
    [InlineData("1e-400", null)]
    [InlineData("123456789012345678901234567890", null)]
    [InlineData("0.00000000000000000000000000000000000000000000000001", null)]
    public void Whole_numbers_are_taken_exactly_or_not_at_all(string text, long? expected)
    {
        foreach (string rest in new[] { "", "}, \"next\": 12345678901234567890" })
        {
            fixed (byte* start = Encoding.ASCII.GetBytes(text + rest))
            {
                Assert.True(JsonNumber.Scan(start, start + text.Length + rest.Length, out JsonNumber number) == start + text.Length);
                bool whole = number.TryToInt64(out long value);
                Assert.Equal(expected, whole ? value : null);
            }
        }
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("-1.5e+3,", 7)]
    [InlineData("0}", 1)]
    [InlineData("01", null)]
    [InlineData("-", null)]
    [InlineData("1.", null)]
    [InlineData("1.e3", null)]
    [InlineData("1e", null)]
    [InlineData("1e+", null)]
    [InlineData(".5", null)]
    [InlineData("-.5", null)]
    [InlineData("+1", null)]
    [InlineData("00.5", null)]
    public void The_grammar_is_that_of_JSON(string text, int? length)
    {
        foreach (string rest in new[] { "", " \"next\": 12345678901234567890" })
        {
            fixed (byte* start = Encoding.ASCII.GetBytes(text + rest))
            {
                byte* after = *start is (byte)'-' or (>= (byte)'0' and <= (byte)'9') ? JsonNumber.Scan(start, start + text.Length + rest.Length, out _) : null;
                Assert.Equal(length, after == null ? null : (int)(after - start));
            }
        }
    }

    private static double Halfway(float value) => (value + (double)BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(value) ^ 1)) / 2;

    // At the end of the memory a number takes another way than in the middle; both must agree.
    private static (double Double, float Single) Scan(string text)
    {
        (double Double, float Single) last = ToValues(text, "");
        (double Double, float Single) inside = ToValues(text, "}, \"next\": 12345678901234567890");
        Assert.True(BitConverter.DoubleToInt64Bits(last.Double) == BitConverter.DoubleToInt64Bits(inside.Double), text);
        Assert.True(BitConverter.SingleToInt32Bits(last.Single) == BitConverter.SingleToInt32Bits(inside.Single), text);
        return inside;
    }

    private static (double Double, float Single) ToValues(string text, string rest)
    {
        fixed (byte* start = Encoding.ASCII.GetBytes(text + rest))
        {
            byte* after = JsonNumber.Scan(start, start + text.Length + rest.Length, out JsonNumber number);
            Assert.True(after == start + text.Length, text);
            return (number.ToDouble(), number.ToSingle());
        }
    }
}
