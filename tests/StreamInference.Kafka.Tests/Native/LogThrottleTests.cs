using Microsoft.Extensions.Time.Testing;
using StreamInference.Kafka.Native;

namespace StreamInference.Kafka.Tests.Native;

public sealed class LogThrottleTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LogThrottle _throttle;

    public LogThrottleTests() => _throttle = new LogThrottle(_time, TimeSpan.FromSeconds(10));

    [Fact]
    public void A_repeated_line_passes_once_in_the_interval_and_says_how_many_it_stands_for()
    {
        Assert.Equal("refused (after 0ms)", _throttle.Pass("FAIL", "refused (after 0ms)"));
        for (int i = 1; i <= 40; i++) Assert.Null(_throttle.Pass("FAIL", $"refused (after {i}ms)"));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("refused (after 2ms) (and 40 more like it since)", _throttle.Pass("FAIL", "refused (after 2ms)"));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("refused (after 3ms)", _throttle.Pass("FAIL", "refused (after 3ms)"));
    }

    [Fact]
    public void Other_lines_and_other_facilities_are_not_held_back()
    {
        Assert.NotNull(_throttle.Pass("FAIL", "refused"));
        Assert.NotNull(_throttle.Pass("FAIL", "timed out"));
        Assert.NotNull(_throttle.Pass("ERROR", "refused"));
    }

    [Fact]
    public void Memory_is_bounded_whatever_the_lines_are()
    {
        for (int i = 0; i < 10_000; i++) Assert.NotNull(_throttle.Pass("FAIL", new string((char)('a' + (i % 26)), i)));
        Assert.NotNull(_throttle.Pass("FAIL", "refused"));
        Assert.Null(_throttle.Pass("FAIL", "refused"));
    }
}
