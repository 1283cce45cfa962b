using StreamInference.Replay.Reports;
using StreamInference.Replay.Running;

namespace StreamInference.Replay.Tests.Reports;

public sealed class TalliesTests
{
    [Fact]
    public void A_long_run_keeps_few_samples_that_add_up_to_its_records()
    {
        ThroughputLog log = new();
        for (int second = 1; second <= 10_000; second++) log.Add(TimeSpan.FromSeconds(second), second * 100L);
        IReadOnlyList<ThroughputSample> samples = log.ToSamples();
        Assert.InRange(samples.Count, 60, 240);
        Assert.All(samples, sample => Assert.Equal(100, sample.RecordsPerSecond, 1e-6));
    }

    [Fact]
    public void A_rate_is_that_of_the_last_seconds()
    {
        RateWindow rate = new(TimeSpan.FromSeconds(5));
        for (int second = 0; second <= 20; second++) rate.Add(TimeSpan.FromSeconds(second), second <= 10 ? second * 1000L : 10_000 + ((second - 10) * 10L));
        Assert.Equal(10, rate.PerSecond, 1e-6);
    }
}
