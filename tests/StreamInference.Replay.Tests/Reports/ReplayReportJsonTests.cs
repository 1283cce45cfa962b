using StreamInference.Replay.Reports;

namespace StreamInference.Replay.Tests.Reports;

public sealed class ReplayReportJsonTests
{
    [Fact]
    public void A_report_comes_back_from_its_JSON()
    {
        ReplayReport report = new()
        {
            Job = "june",
            Pipeline = "fraud",
            Model = "fraud@2",
            SourceTopic = "transactions",
            OutputTopic = "fraud.scores.june",
            DeadLetterTopic = "fraud.scores.june.dlq",
            StartedAt = DateTimeOffset.UnixEpoch,
            Elapsed = TimeSpan.FromSeconds(90),
            IsWhole = true,
            Partitions = [new ReplayedPartition(0, 5, 105, 105, 98)],
            Gone = [new GoneRange(0, 0, 5)],
            Results = 97,
            DeadLetters = 1,
            DeadLettersByCode = [new CodeCount("malformed_json", 1)],
            RecordsPerSecond = 98 / 90.0,
            Throughput = [new ThroughputSample(TimeSpan.FromSeconds(1), 1.5)],
            Latency = new LatencySummary(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(3), TimeSpan.FromMilliseconds(4)),
            Scores = [new ScoreDistribution { Name = "score", Count = 97, Min = 0, Max = 1, Mean = 0.25, Histogram = [new HistogramBucket(0, 0.5, 90), new HistogramBucket(0.5, 1, 7)] }],
            Labels = [new LabelDistribution { Name = "decision", Values = [new LabelCount("approve", 90), new LabelCount("decline", 7)] }],
        };
        string json = ReplayReportJson.Write(report);
        Assert.Contains("\"records_per_second\": 1.08", json, StringComparison.Ordinal);
        Assert.Equivalent(report, ReplayReportJson.Read(json), strict: true);
        Assert.Equal(json, ReplayReportJson.Write(ReplayReportJson.Read(json)));
    }
}
