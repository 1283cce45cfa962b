using System.Globalization;
using System.Text;
using CsCheck;
using StreamInference.Configuration;
using StreamInference.Replay.Diff;

namespace StreamInference.Replay.Tests.Diff;

public sealed class ResultDiffTests
{
    private static byte[] Result(double score, double threshold = 0.5) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"score":{{score}},"decision":"{{(score >= threshold ? "decline" : "approve")}}"}"""));

    private static string Name(int partition, long offset) => $"transactions/{partition}/{offset}";

    private static (DiffReport Report, List<DiffRecord> Records) Compare(ResultDiff diff)
    {
        List<DiffRecord> records = [];
        return (diff.Compare("live", "candidate", Name, records.Add), records);
    }

    [Theory]
    [InlineData(1, ResultDiff.DefaultMemoryBytes)]
    [InlineData(2, 300_000)]
    public void Every_planted_flip_is_named_and_none_is_invented(int seed, int memory)
    {
        Random random = new(seed);
        (int Partition, long Offset, double Score)[] inputs =
            [.. Enumerable.Range(0, 60_000).Select(i => (i % 3, (long)(i / 3) * 2, random.NextDouble()))];
        HashSet<string> planted = [];
        using ResultDiff diff = new(new DiffConfig { Examples = 10 }, memory);
        foreach ((int partition, long offset, double score) in inputs) diff.AddResult(DiffSide.Live, partition, offset, Result(score));
        // The candidate's results come in any order, as those of a topic with other partitions do.
        foreach ((int partition, long offset, double score) in inputs.OrderBy(_ => random.Next()))
        {
            bool flips = random.NextDouble() < 0.005;
            if (flips) planted.Add(Name(partition, offset));
            diff.AddResult(DiffSide.Candidate, partition, offset, Result(flips ? 1 - score : score));
        }

        (DiffReport report, List<DiffRecord> records) = Compare(diff);
        Assert.InRange(planted.Count, 200, 400);
        Assert.Equal(planted.Order(StringComparer.Ordinal), records.Select(record => record.Source).Order(StringComparer.Ordinal));
        Assert.All(records, record => Assert.Equal(DiffKind.Flip, record.Kind));
        Assert.Equal((60_000, planted.Count, 60_000 - planted.Count), (report.Compared, report.Flips, report.Agreed));
        Assert.Equal(planted.Count, report.FlipsByDirection.Sum(direction => direction.Count));
        Assert.Equal(10, report.Examples.Count);
        Assert.Equal(report.MaxAbsoluteDifference, Math.Abs(report.Examples[0].Live!.Score!.Value - report.Examples[0].Candidate!.Score!.Value), 1e-12);
        Assert.Equal(new DiffGaps(0, 0, 0, 0, 0, 0, 0, 0), report.Gaps);
        if (memory < 1_000_000) Assert.True(diff.SpilledRuns > 10, "Nothing was sorted on the disk.");
    }

    [Fact]
    public void An_identical_model_differs_in_nothing()
    {
        using ResultDiff diff = new(new DiffConfig { ScoreTolerance = 0, Limits = new DiffLimits { MaxFlips = 0, MaxPsi = 0, MaxKs = 0, MaxScoreDifference = 0, MaxMissing = 0, MaxRepeated = 0, MaxDeadLettered = 0 } });
        Random random = new(3);
        for (int i = 0; i < 5000; i++)
        {
            byte[] result = Result(random.NextDouble());
            foreach (DiffSide side in Enum.GetValues<DiffSide>())
            {
                if (i % 100 == 7) diff.AddDeadLetter(side, 0, i, "wrong_type");
                else diff.AddResult(side, 0, i, result);
            }
        }

        (DiffReport report, List<DiffRecord> records) = Compare(diff);
        Assert.Empty(records);
        Assert.Empty(report.Violations);
        Assert.Equal((4950, 4950, 0, 0.0, 0.0), (report.Agreed, report.SameScore, report.Flips, report.Psi, report.Ks));
        Assert.Equal(50, report.Gaps.DeadLetteredBoth);
    }

    [Fact]
    public void What_is_missing_repeated_or_dead_lettered_on_one_side_is_named()
    {
        using ResultDiff diff = new(new DiffConfig { ScoreTolerance = 0.01 });
        for (int i = 0; i < 10; i++) diff.AddInput(0, i, "{}"u8.ToArray());
        foreach (int i in new[] { 0, 1, 2, 2, 4, 5, 8 }) diff.AddResult(DiffSide.Live, 0, i, Result(0.1));
        diff.AddDeadLetter(DiffSide.Live, 0, 3, "wrong_type");
        diff.AddDeadLetter(DiffSide.Live, 0, 7, "wrong_type");
        foreach (int i in new[] { 0, 2, 3, 6, 1, 1 }) diff.AddResult(DiffSide.Candidate, 0, i, Result(i == 0 ? 0.15 : 0.1));
        diff.AddDeadLetter(DiffSide.Candidate, 0, 4, "not_finite");
        diff.AddDeadLetter(DiffSide.Candidate, 0, 7, "wrong_type");
        diff.AddResult(DiffSide.Candidate, 0, 8, Result(0.1005));
        (DiffReport report, List<DiffRecord> records) = Compare(diff);
        Assert.Equal(
        [
            (0, DiffKind.Score), (1, DiffKind.RepeatedCandidate), (2, DiffKind.RepeatedLive), (3, DiffKind.DeadLetteredLive), (4, DiffKind.DeadLetteredCandidate), (5, DiffKind.MissingCandidate),
            (6, DiffKind.MissingLive), (9, DiffKind.MissingBoth),
        ], records.Select(record => (int.Parse(record.Source.Split('/')[2], CultureInfo.InvariantCulture), record.Kind)));
        Assert.Equal(new DiffGaps(1, 1, 1, 1, 1, 1, 1, 1), report.Gaps);
        Assert.Equal("not_finite", records[4].Candidate!.Error);
        Assert.Equal(4, report.Compared);
    }

    [Fact]
    public void Segments_are_counted_by_the_values_of_the_input()
    {
        using ResultDiff diff = new(new DiffConfig { Segments = ["/channel", "/card/country"], MaxSegmentValues = 2, Limits = new DiffLimits { MaxSegmentFlipRate = 0.5 } });
        string[] countries = ["FR", "FR", "DE", "IT", "IT", "IT"];
        for (int i = 0; i < 6; i++)
        {
            diff.AddInput(0, i, Encoding.UTF8.GetBytes($"{{\"channel\":{(i < 4 ? "\"CP\"" : "null")},\"card\":{{\"country\":\"{countries[i]}\"}}}}"));
            diff.AddResult(DiffSide.Live, 0, i, Result(0.2));
            diff.AddResult(DiffSide.Candidate, 0, i, Result(i is 0 or 4 or 5 ? 0.8 : 0.2));
        }

        DiffReport report = Compare(diff).Report;
        Assert.Equal(
            [("/channel", "CP", false, 4, 1), ("/channel", null, false, 2, 2), ("/card/country", "FR", false, 2, 1), ("/card/country", "DE", false, 1, 0), ("/card/country", null, true, 3, 2)],
            report.Segments.Select(segment => (segment.Field, segment.Value, segment.IsOther, (int)segment.Compared, (int)segment.Flips)));
        Assert.Equal(0.8, report.Segments[1].MeanCandidate, 1e-12);
        Assert.Equal(["/channel = (none)", "/card/country = (other)"], report.Violations.Select(violation => violation.Where));
    }

    [Fact]
    public void A_limit_that_is_passed_is_named_with_what_was_found()
    {
        DiffLimits limits = new() { MaxFlips = 1, MaxFlipRate = 0.6, MaxPsi = 0.1, MaxKs = 0.4, MaxScoreDifference = 0.7, MaxMissing = 0, MaxRepeated = 0, MaxDeadLettered = 0, MinCompared = 10 };
        using ResultDiff diff = new(new DiffConfig { Limits = limits });
        for (int i = 0; i < 4; i++) diff.AddResult(DiffSide.Live, 0, i, Result(0.2));
        for (int i = 0; i < 4; i++) diff.AddResult(DiffSide.Candidate, 0, i, Result(i < 2 ? 0.8 : 0.2));
        DiffReport report = Compare(diff).Report;
        Assert.Equal(["max_flips 2 > 1", "max_ks 0.5 > 0.4", "min_compared 4 > 10"], report.Violations.Where(violation => violation.Limit != "max_psi").Select(violation => string.Create(CultureInfo.InvariantCulture, $"{violation.Limit} {violation.Value} > {violation.Allowed}")));
    }

    [Fact]
    public void Whatever_the_order_and_the_memory_the_comparison_is_that_of_a_dictionary()
    {
        Gen<(bool, int, bool)> answer = Gen.Select(Gen.Bool, Gen.Int[0, 40], Gen.Bool);
        Gen.Select(answer.Array[0, 120], Gen.Int[50, 4000]).Sample((answers, memory) =>
        {
            using ResultDiff diff = new(new DiffConfig(), memory * 3);
            Dictionary<(bool, int), bool> first = [];
            foreach ((bool isLive, int offset, bool declines) in answers)
            {
                diff.AddResult(isLive ? DiffSide.Live : DiffSide.Candidate, offset % 3, offset, Result(declines ? 0.9 : 0.1));
                first.TryAdd((isLive, offset), declines);
            }

            (DiffReport report, List<DiffRecord> records) = Compare(diff);
            int[] both = [.. Enumerable.Range(0, 41).Where(offset => first.ContainsKey((true, offset)) && first.ContainsKey((false, offset)))];
            Assert.Equal(both.Length, report.Compared);
            Assert.Equal(both.Where(offset => first[(true, offset)] != first[(false, offset)]).Order(), records.Where(record => record.Kind == DiffKind.Flip).Select(record => int.Parse(record.Source.Split('/')[2], CultureInfo.InvariantCulture)).Order());
        }, iter: 300);
    }

    [Fact]
    public void Mistakes_in_a_diff_yaml_are_named_at_once_with_their_lines()
    {
        InvalidConfigurationException refused = Assert.Throws<InvalidConfigurationException>(() => SettingsFile.Parse<DiffConfig>(
            "score: score\nexamples: many\nlimits:\n  max_flip_rate: 2\n  max_flop: 1\n", "diff.yaml"));
        Assert.Equal(
            [("score", "diff.yaml:1"), ("examples", "diff.yaml:2"), ("limits.max_flip_rate", "diff.yaml:4"), ("limits.max_flop", "diff.yaml:5")],
            refused.Errors.Select(error => (error.Key, string.Join(':', error.Location!.Split(':')[..2]))).OrderBy(error => error.Item2, StringComparer.Ordinal));
    }

    [Fact]
    public void A_diff_yaml_says_what_is_compared_and_what_is_allowed()
    {
        DiffConfig config = SettingsFile.Parse<DiffConfig>("segments: [/channel]\nscore_tolerance: 0.05\nlimits: { max_flip_rate: 0.01, max_psi: 0.1 }\n", "diff.yaml");
        Assert.Equal(("/score", "/channel", 0.05, 0.01, 0.1), (config.Score, config.Segments[0], config.ScoreTolerance, config.Limits.MaxFlipRate, config.Limits.MaxPsi));
    }
}
