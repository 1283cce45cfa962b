using CsCheck;
using StreamInference.Configuration;

namespace StreamInference.Tests.Configuration;

public sealed class SettingTypeTests
{
    [Theory]
    [InlineData("5ms", 50_000)]
    [InlineData("250us", 2_500)]
    [InlineData("1.5s", 15_000_000)]
    [InlineData("2 m", 1_200_000_000)]
    [InlineData("7d", 6_048_000_000_000)]
    public void A_duration_is_read(string text, long ticks)
    {
        Assert.True(Durations.TryParse(text, out TimeSpan duration));
        Assert.Equal(ticks, duration.Ticks);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("-5ms")]
    [InlineData("ms")]
    [InlineData("5 fortnights")]
    [InlineData("1e3s")]
    [InlineData("99999999999999999999d")]
    [InlineData("")]
    [InlineData(null)]
    public void What_is_no_duration_is_refused(string? text) => Assert.False(Durations.TryParse(text, out _));

    [Theory]
    [InlineData("512", 512)]
    [InlineData("512B", 512)]
    [InlineData("64 KiB", 65_536)]
    [InlineData("16MiB", 16_777_216)]
    [InlineData("1gib", 1_073_741_824)]
    [InlineData("1MB", 1_000_000)]
    public void A_size_is_read(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out ByteSize size));
        Assert.Equal(bytes, size.Bytes);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1.5MiB")]
    [InlineData("MiB")]
    [InlineData("9999999999GiB")]
    [InlineData("1 MiBs")]
    [InlineData("")]
    [InlineData(null)]
    public void What_is_no_size_is_refused(string? text) => Assert.False(ByteSize.TryParse(text, out _));

    [Fact]
    public void A_duration_survives_being_written() =>
        Gen.Long[0, TimeSpan.TicksPerDay * 400].Select(micros => new TimeSpan(micros / 10 * 10)).Sample(duration =>
            Durations.TryParse(Durations.Format(duration), out TimeSpan read) && read == duration);

    [Fact]
    public void A_size_survives_being_written() =>
        Gen.Long[0, long.MaxValue].Select(Gen.Int[0, 40], (number, shift) => new ByteSize(number >> shift << Math.Min(shift, 30) & long.MaxValue)).Sample(size =>
            ByteSize.TryParse(size.ToString(), out ByteSize read) && read == size);
}
