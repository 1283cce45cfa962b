using CsCheck;
using StreamInference.Pipeline;

namespace StreamInference.Tests.Pipeline;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void A_percentile_is_off_by_a_hundredth_at_most() =>
        Gen.Select(Gen.Double[0.00002, 600].Array[1, 300], Gen.Double[0.01, 1]).Sample((latencies, quantile) =>
        {
            LatencyHistogram histogram = new();
            foreach (double latency in latencies) histogram.Record(latency);
            double exact = latencies.Order().ElementAt((int)Math.Ceiling(quantile * latencies.Length) - 1);
            return Math.Abs((histogram.Quantile(quantile) / exact) - 1) <= 0.0101;
        });

    [Fact]
    public void Without_latencies_every_percentile_is_zero() => Assert.Equal(0, new LatencyHistogram().Quantile(0.99));

    [Fact]
    public void A_clock_that_went_back_and_an_age_long_latency_are_kept_in_the_outer_buckets()
    {
        LatencyHistogram histogram = new();
        histogram.Record(-1);
        histogram.Record(1e9);
        Assert.Equal(2, histogram.Count);
        Assert.True(histogram.Quantile(0.5) <= 1e-5);
        Assert.True(histogram.Quantile(1) > 3600);
    }

    [Fact]
    public void Added_histograms_weigh_by_their_counts_and_keep_the_longest()
    {
        LatencyHistogram histogram = new(), other = new();
        histogram.Record(0.010, 98);
        other.Record(0.500);
        other.Record(2.0);
        histogram.Add(other);
        Assert.Equal(100, histogram.Count);
        Assert.Equal(0.010, histogram.Quantile(0.5), 0.0002);
        Assert.Equal(0.500, histogram.Quantile(0.99), 0.01);
        Assert.Equal(2.0, histogram.Max);
    }
}
