using CsCheck;
using StreamInference.Replay.Diff;
using StreamInference.Replay.Reports;

namespace StreamInference.Replay.Tests.Diff;

public sealed class ScoreShiftTests
{
    private static readonly double[] Deciles = [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95];

    private static ScoreSketch Sketch(IEnumerable<double> scores, int maxDistinct = 1 << 18)
    {
        ScoreSketch sketch = new(maxDistinct);
        foreach (double score in scores) sketch.Add(score);
        return sketch;
    }

    [Fact]
    public void The_index_of_half_at_either_end_is_what_the_formula_gives_by_hand()
    {
        // Two bins: (0.5 - 0.1) ln 5 each. Eight empty ones: (0.0001 - 0.1) ln 0.001 each.
        ScoreSketch ends = Sketch([.. Enumerable.Repeat(0.05, 5), .. Enumerable.Repeat(0.95, 5)]);
        Assert.Equal(6.808228, ScoreShift.Psi(Sketch(Deciles), ends), 1e-6);
    }

    [Fact]
    public void The_index_of_a_small_shift_is_what_the_formula_gives_by_hand()
    {
        // 100 scores in ten bins of ten; of the second, two more in the first bin and two less in the last: 0.02 ln 1.2 + -0.02 ln 0.8.
        IEnumerable<double> flat = Deciles.SelectMany(score => Enumerable.Repeat(score, 10));
        IEnumerable<double> shifted = Deciles.SelectMany((score, index) => Enumerable.Repeat(score, index == 0 ? 12 : index == 9 ? 8 : 10));
        Assert.Equal(0.008109302, ScoreShift.Psi(Sketch(flat), Sketch(shifted)), 1e-8);
    }

    [Theory]
    [InlineData(new[] { 1.0, 2, 3, 4 }, new[] { 3.0, 4, 5, 6 }, 0.5)]
    [InlineData(new[] { 1.0, 2, 3, 4 }, new[] { 5.0, 6 }, 1.0)]
    [InlineData(new[] { 0.1, 0.2, 0.2, 0.9 }, new[] { 0.2, 0.2, 0.3, 0.9 }, 0.25)]
    [InlineData(new[] { -2.0, -1, 0, 1 }, new[] { -1.0, -1, 0, 1 }, 0.25)]
    [InlineData(new[] { 7.0 }, new[] { 7.0, 7 }, 0.0)]
    public void The_distance_is_what_the_steps_of_both_functions_give_by_hand(double[] first, double[] second, double expected) =>
        Assert.Equal(expected, ScoreShift.Ks(Sketch(first), Sketch(second)), 1e-12);

    [Fact]
    public void Equal_scores_have_no_distance_and_no_index() =>
        Gen.Double[-5, 5].Array[1, 300].Sample(scores =>
        {
            Assert.Equal(0, ScoreShift.Psi(Sketch(scores), Sketch(scores.Reverse())));
            Assert.Equal(0, ScoreShift.Ks(Sketch(scores), Sketch(scores.Reverse())));
        }, iter: 200);

    [Fact]
    public void The_distance_is_that_of_a_sorted_merge() =>
        Gen.Select(Gen.Float[-3, 3].Array[1, 80], Gen.Float[-3, 3].Array[1, 80]).Sample((first, second) =>
        {
            double expected = first.Concat(second).Max(at => Math.Abs((first.Count(x => x <= at) / (double)first.Length) - (second.Count(x => x <= at) / (double)second.Length)));
            Assert.Equal(expected, ScoreShift.Ks(Sketch(first.Select(x => (double)x)), Sketch(second.Select(x => (double)x))), 1e-12);
        }, iter: 500);

    [Fact]
    public void A_sketch_that_holds_fewer_values_stays_close()
    {
        Random random = new(5);
        double[] first = [.. Enumerable.Range(0, 50_000).Select(_ => random.NextDouble())];
        double[] second = [.. first.Select(score => Math.Min(1, (score * 0.9) + 0.05))];
        double exact = ScoreShift.Ks(Sketch(first), Sketch(second)), coarse = ScoreShift.Ks(Sketch(first, 2000), Sketch(second));
        Assert.InRange(coarse, exact - 0.01, exact + 0.01);
        Assert.InRange(ScoreShift.Psi(Sketch(first, 2000), Sketch(second, 2000)) - ScoreShift.Psi(Sketch(first), Sketch(second)), -0.02, 0.02);
    }

    [Fact]
    public void Histograms_of_both_sides_share_their_buckets_and_lose_nothing()
    {
        (IReadOnlyList<HistogramBucket> first, IReadOnlyList<HistogramBucket> second) = ScoreShift.Histograms(Sketch(Deciles), Sketch([0, 1, 1]), 4);
        Assert.Equal([2L, 3, 2, 3], first.Select(bucket => bucket.Count));
        Assert.Equal([1L, 0, 0, 2], second.Select(bucket => bucket.Count));
        Assert.Equal((0, 1), (first[0].From, first[^1].To));
    }
}
