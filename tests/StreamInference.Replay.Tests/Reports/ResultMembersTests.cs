using System.Globalization;
using System.Text;
using CsCheck;
using StreamInference.Replay.Reports;

namespace StreamInference.Replay.Tests.Reports;

public sealed class ResultMembersTests
{
    private static readonly byte[] Score = ResultMembers.Pattern("score");
    private static readonly byte[] Decision = ResultMembers.Pattern("decision");

    [Fact]
    public void The_outputs_are_found_behind_what_was_copied_from_the_input()
    {
        byte[] json = """{"note":{"score":7},"text":"\"score\":9","score":0.25,"decision":"decline","model":"m"}"""u8.ToArray();
        Assert.True(ResultMembers.TryReadNumber(json, Score, out double score));
        Assert.Equal(0.25, score);
        Assert.True(ResultMembers.TryReadText(json, Decision, out ReadOnlySpan<byte> decision));
        Assert.Equal("decline", Encoding.UTF8.GetString(decision));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"score":"NaN"}""")]
    [InlineData("""{"score":[1,2]}""")]
    [InlineData("""{"score":""")]
    [InlineData("not json")]
    public void What_is_no_number_is_left_out(string json) => Assert.False(ResultMembers.TryReadNumber(Encoding.UTF8.GetBytes(json), Score, out _));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"decision":1}""")]
    [InlineData("""{"decision":"cut""")]
    [InlineData("""{"decision":"a\"b"}""")]
    public void What_is_no_plain_text_is_left_out(string json) => Assert.False(ResultMembers.TryReadText(Encoding.UTF8.GetBytes(json), Decision, out _));

    [Fact]
    public void Values_beyond_the_first_fifty_count_together()
    {
        LabelTally tally = new("class");
        for (int i = 0; i < 60; i++) tally.Add(Encoding.UTF8.GetBytes($"class-{i}"));
        tally.Add("class-3"u8);
        LabelDistribution distribution = tally.ToDistribution()!;
        Assert.Equal(new LabelCount("class-3", 2), distribution.Values[0]);
        Assert.Equal(new LabelCount("(others)", 10), distribution.Values[^1]);
        Assert.Equal(61, distribution.Values.Sum(value => value.Count));
    }

    [Fact]
    public void Numbers_are_read_to_the_last_bit() => Gen.OneOf(Gen.Float.Unit.Select(value => (double)value), Gen.Double.Unit, Gen.Double[-1e6, 1e6], Gen.Int.Select(value => (double)value))
        .Sample(value =>
        {
            byte[] json = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"score":{{value:R}},"decision":"approve"}"""));
            Assert.True(ResultMembers.TryReadNumber(json, Score, out double read));
            Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(read));
        });
}
