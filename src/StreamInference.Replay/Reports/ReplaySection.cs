namespace StreamInference.Replay.Reports;

/// <summary>The part of the page that shows a run.</summary>
internal static class ReplaySection
{
    public static void Write(HtmlText page, ReplayReport report)
    {
        page.Add($"<p class=\"dim\">{report.SourceTopic} through {report.Pipeline} ({report.Model}) into {report.OutputTopic}; begun {report.StartedAt:u}</p>");
        if (!report.IsWhole) page.Add($"<p>A part of the job: an earlier run or another process did the rest, or it is not done.</p>");
        foreach (GoneRange gone in report.Gone) page.Add($"<p class=\"bad\">Gone from the topic: {gone}</p>");
        page.Add($"<div class=\"tiles\"><span><b>{report.Results:N0}</b>results</span><span><b>{report.DeadLetters:N0}</b>dead letters</span><span><b>{report.RecordsPerSecond:N0}</b>records/s</span><span><b>{report.Elapsed:hh\\:mm\\:ss}</b>elapsed</span></div>");
        if (report.Throughput.Count > 1)
        {
            page.Add($"<h2>Throughput</h2>");
            page.Add(Charts.Line(report.Throughput));
        }

        page.Add($"<h2>Latency, from the read of a batch to its commit</h2>");
        page.Add(Charts.Bars([Bar("P50", report.Latency.P50), Bar("P90", report.Latency.P90), Bar("P99", report.Latency.P99), Bar("longest", report.Latency.Max)]));
        WriteDeadLetters(page, report);
        foreach (ScoreDistribution score in report.Scores) WriteScores(page, score);
        foreach (LabelDistribution label in report.Labels) WriteLabels(page, label);
        WritePartitions(page, report);
    }

    private static (string, double, string) Bar(string name, TimeSpan value) => (name, value.TotalMilliseconds, FormattableString.Invariant($"{value.TotalMilliseconds:N1} ms"));

    private static void WriteDeadLetters(HtmlText page, ReplayReport report)
    {
        if (report.DeadLettersByCode.Count == 0) return;
        page.Add($"<h2>Dead letters by code</h2>");
        page.Add(Charts.Bars([.. report.DeadLettersByCode.Select(code => (code.Code, (double)code.Count, FormattableString.Invariant($"{code.Count:N0}")))]));
    }

    private static void WriteScores(HtmlText page, ScoreDistribution score)
    {
        page.Add($"<h2>{score.Name}</h2><p class=\"dim\">{score.Count:N0} values, {score.Min:G4} to {score.Max:G4}, mean {score.Mean:G4}</p>");
        page.Add(Charts.Histogram(new BarSeries(score.Name, "a", score.Histogram)));
    }

    private static void WriteLabels(HtmlText page, LabelDistribution label)
    {
        page.Add($"<h2>{label.Name}</h2>");
        if (label.Values.Count > 0) page.Add(Charts.Bars([.. label.Values.Select(value => (value.Value, (double)value.Count, FormattableString.Invariant($"{value.Count:N0}")))]));
    }

    private static void WritePartitions(HtmlText page, ReplayReport report)
    {
        page.Add($"<h2>Partitions</h2><div class=\"scroll\"><table><tr><th>partition</th><th>from</th><th>to</th><th>position</th><th>records</th></tr>");
        foreach (ReplayedPartition partition in report.Partitions)
            page.Add($"<tr><td>{partition.Partition}</td><td>{partition.From}</td><td>{partition.To}</td><td>{partition.Position}</td><td>{partition.Records:N0}</td></tr>");
        page.Add($"</table></div>");
    }
}
