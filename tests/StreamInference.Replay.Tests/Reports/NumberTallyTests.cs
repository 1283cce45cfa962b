using CsCheck;
using StreamInference.Replay.Reports;

namespace StreamInference.Replay.Tests.Reports;

public sealed class NumberTallyTests
{
    private static readonly Gen<double[]> Values = Gen.OneOf(
        Gen.Double[0, 1].Array[1, 300], Gen.Double[-1e9, 1e9].Array[1, 300], Gen.Double[-1e12, 1e12].Array[1, 300], Gen.Double[5e-7, 6e-7].Array[1, 300]);

    [Fact]
    public void Each_value_is_in_the_bucket_whose_bounds_hold_it() => Values.Sample(values =>
    {
        ScoreDistribution distribution = Tally(values).ToDistribution();
        Assert.InRange(distribution.Histogram.Count, 1, 50);
        Assert.Equal((values.Min(), values.Max(), values.Length), (distribution.Min, distribution.Max, distribution.Count));
        for (int i = 0; i < distribution.Histogram.Count; i++)
        {
            HistogramBucket bucket = distribution.Histogram[i];
            bool isLast = i == distribution.Histogram.Count - 1;
            Assert.Equal(values.Count(value => value >= bucket.From && (value < bucket.To || (isLast && value == bucket.To))), bucket.Count);
        }
    });

    [Fact]
    public void Neither_order_nor_division_among_workers_changes_a_distribution() => Gen.Select(Values, Gen.Int[0, 300]).Sample((values, at) =>
    {
        double[] shuffled = [.. values.OrderBy(value => value.GetHashCode())];
        NumberTally together = Tally(shuffled[..Math.Min(at, values.Length)]);
        together.Add(Tally(shuffled[Math.Min(at, values.Length)..]));
        Assert.Equal(Tally(values).ToDistribution().Histogram, together.ToDistribution().Histogram);
    });

    [Fact]
    public void Scores_up_to_one_end_in_a_bucket_that_ends_at_one()
    {
        ScoreDistribution distribution = Tally([0, 0.25, 1]).ToDistribution();
        Assert.Equal((0.0, 1.0), (distribution.Histogram[0].From, distribution.Histogram[^1].To));
        Assert.Equal(1, distribution.Histogram[^1].Count);
    }

    private static NumberTally Tally(IEnumerable<double> values)
    {
        NumberTally tally = new("score");
        foreach (double value in values) tally.Add(value);
        return tally;
    }
}
