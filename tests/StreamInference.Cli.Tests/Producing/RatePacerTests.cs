using Microsoft.Extensions.Time.Testing;
using StreamInference.Cli.Producing;

namespace StreamInference.Cli.Tests.Producing;

public sealed class RatePacerTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void The_mean_rate_holds_over_uneven_pauses()
    {
        RatePacer pacer = new(1000, _time);
        int taken = 0;
        foreach (int pause in (int[])[1, 7, 0, 250, 3, 739])
        {
            taken += pacer.Take(int.MaxValue);
            _time.Advance(TimeSpan.FromMilliseconds(pause));
        }

        taken += pacer.Take(int.MaxValue);
        Assert.Equal(1001, taken);
    }

    [Fact]
    public void It_says_how_long_until_the_next_record()
    {
        RatePacer pacer = new(10, _time);
        Assert.Equal(1, pacer.Take(5));
        Assert.Equal(TimeSpan.FromMilliseconds(100), pacer.UntilNext());
        Assert.Equal(0, pacer.Take(5));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(TimeSpan.Zero, pacer.UntilNext());
        Assert.Equal(1, pacer.Take(5));
    }

    [Fact]
    public void A_burst_is_bounded_and_made_up_for()
    {
        RatePacer pacer = new(100, _time);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([60, 41, 0], (int[])[pacer.Take(60), pacer.Take(60), pacer.Take(60)]);
    }

    [Fact]
    public void Without_a_rate_there_is_no_limit()
    {
        RatePacer pacer = new(0, _time);
        Assert.Equal(500, pacer.Take(500));
        Assert.Equal(TimeSpan.Zero, pacer.UntilNext());
    }
}
