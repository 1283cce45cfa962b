using StreamInference.Replay.Jobs;

namespace StreamInference.Replay.Tests.Jobs;

public sealed class ReplayPointTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Words_offsets_times_and_durations_are_points()
    {
        Assert.Equal(new ReplayPoint.Earliest(), Parse("earliest"));
        Assert.Equal(new ReplayPoint.Latest(), Parse("latest"));
        Assert.Equal(new ReplayPoint.At(Now), Parse("now"));
        Assert.Equal(new ReplayPoint.At(Now - TimeSpan.FromDays(7)), Parse("7d"));
        Assert.Equal(new ReplayPoint.At(new DateTimeOffset(2026, 1, 31, 11, 0, 0, TimeSpan.Zero)), Parse("2026-01-31T12:00:00+01:00"));
        Assert.Equal(new ReplayPoint.At(new DateTimeOffset(2026, 1, 31, 0, 0, 0, TimeSpan.Zero)), Parse("2026-01-31"));
        Assert.Equal(new ReplayPoint.Everywhere(250), Parse("250"));
        ReplayPoint.Offsets offsets = Assert.IsType<ReplayPoint.Offsets>(Parse("0:100, 3:250"));
        Assert.Equal(new Dictionary<int, long> { [0] = 100, [3] = 250 }, offsets.ByPartition);
    }

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("-5")]
    [InlineData("12:30:00")]
    [InlineData("0:1,0:2")]
    [InlineData("0:-1")]
    [InlineData("0:1,")]
    [InlineData("Monday")]
    public void Anything_else_is_none(string text) => Assert.False(ReplayPoint.TryParse(text, Now, out _));

    private static ReplayPoint Parse(string text) => ReplayPoint.TryParse(text, Now, out ReplayPoint? point) ? point : throw new FormatException(text);
}
