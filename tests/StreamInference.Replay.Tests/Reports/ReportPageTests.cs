using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using StreamInference.Replay.Diff;
using StreamInference.Replay.Reports;

namespace StreamInference.Replay.Tests.Reports;

public sealed class ReportPageTests
{
    private const string Hostile = "</td><script>alert(\"x\")</script><img src=x onerror='y'>&{0}{1:F2}";

    private static ReplayReport Replay(string text = "job") => new()
    {
        Job = text,
        Pipeline = text,
        Model = text,
        SourceTopic = text,
        OutputTopic = text,
        DeadLetterTopic = text,
        StartedAt = DateTimeOffset.UnixEpoch,
        Elapsed = TimeSpan.FromSeconds(61),
        IsWhole = false,
        Partitions = [new ReplayedPartition(0, 0, 1000, 1000, 990)],
        Gone = [new GoneRange(0, 0, 10)],
        Results = 980,
        DeadLetters = 10,
        DeadLettersByCode = [new CodeCount(text, 7), new CodeCount("wrong_type", 3)],
        RecordsPerSecond = 16,
        Throughput = [new ThroughputSample(TimeSpan.FromSeconds(1), 10), new ThroughputSample(TimeSpan.FromSeconds(2), 20)],
        Latency = new LatencySummary(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(8), TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(40)),
        Scores = [new ScoreDistribution { Name = text, Count = 4, Min = 0, Max = 1, Mean = 0.5, Histogram = [new HistogramBucket(0, 0.5, 1), new HistogramBucket(0.5, 1, 3)] }],
        Labels = [new LabelDistribution { Name = text, Values = [new LabelCount(text, 4)] }],
    };

    private static DiffReport Diff(string text = "decline")
    {
        using ResultDiff diff = new(new DiffConfig { Segments = ["/channel"], Limits = new DiffLimits { MaxFlips = 0, MaxSegmentFlipRate = 0 } });
        for (int i = 0; i < 20; i++)
        {
            string quoted = System.Text.Json.JsonSerializer.Serialize(text);
            diff.AddInput(0, i, Encoding.UTF8.GetBytes($"{{\"channel\":{quoted}}}"));
            diff.AddResult(DiffSide.Live, 0, i, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"score\":{i / 20.0},\"decision\":\"approve\"}}")));
            diff.AddResult(DiffSide.Candidate, 0, i, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"score\":{i / 20.0},\"decision\":{(i < 3 ? quoted : "\"approve\"")}}}")));
        }

        return diff.Compare(text, text, (_, offset) => $"{text}/{offset}");
    }

    [Fact]
    public void Nothing_that_a_record_says_becomes_markup()
    {
        string page = ReportPage.Write(Replay(Hostile), Diff(Hostile));
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;/td&gt;&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&lt;img src=x onerror=&#39;y&#39;&gt;&amp;{0}{1:F2}", page, StringComparison.Ordinal);
        // Every place at once: the page with the hostile text has the tags of the page with a plain one, no more.
        Assert.Equal(Tags(ReportPage.Write(Replay("decline"), Diff())), Tags(page));
    }

    [Fact]
    public void The_page_loads_nothing_and_runs_nothing()
    {
        string page = ReportPage.Write(Replay(), Diff());
        Assert.DoesNotMatch("(?i)https?:|<script|<link|src=|@import|url\\(", page);
        Assert.Contains("prefers-color-scheme:dark", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Bars_are_as_long_as_the_logarithms_of_their_counts_and_stay_inside_the_chart()
    {
        XElement svg = XElement.Parse(Charts.Histogram(new BarSeries("s", "a", [new HistogramBucket(0, 1, 10), new HistogramBucket(1, 2, 40), new HistogramBucket(2, 3, 0)])).ToString());
        double[] heights = [.. svg.Elements("rect").Select(bar => Number(bar, "height"))];
        Assert.Equal(Math.Log(41) / Math.Log(11), heights[1] / heights[0], 1e-3);
        Assert.Equal(0, heights[2]);
        string[] size = svg.Attribute("viewBox")!.Value.Split(' ');
        Assert.All(svg.Elements("rect"), bar =>
        {
            Assert.InRange(Number(bar, "x") + Number(bar, "width"), 0, double.Parse(size[2], CultureInfo.InvariantCulture));
            Assert.InRange(Number(bar, "y") + Number(bar, "height"), 0, double.Parse(size[3], CultureInfo.InvariantCulture));
        });
        Assert.Equal("s 1 to 2: 40", svg.Elements("rect").ElementAt(1).Element("title")!.Value);
    }

    [Fact]
    public void Every_chart_of_the_page_is_well_formed_whatever_the_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            string page = ReportPage.Write(Replay(), Diff());
            MatchCollection charts = Regex.Matches(page, "<svg.*?</svg>", RegexOptions.Singleline);
            Assert.InRange(charts.Count, 7, 20);
            foreach (XElement number in charts.SelectMany(chart => XElement.Parse(chart.Value).Descendants("rect")))
                Assert.All(new[] { "x", "y", "width", "height" }, name => Assert.True(Number(number, name) >= 0));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_comparison_shows_its_verdict_flips_and_segments()
    {
        string page = ReportPage.Write(null, Diff());
        Assert.Contains("max_flips: 3, allowed 0", page, StringComparison.Ordinal);
        Assert.Contains("approve → decline", System.Net.WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.Contains("<td class=\"t\">/channel</td><td class=\"t\">decline</td><td>20</td><td>3</td><td>15.00 %</td>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_run_and_an_empty_comparison_have_a_page()
    {
        using ResultDiff none = new(new DiffConfig());
        ReplayReport replay = Replay() with { Throughput = [], DeadLettersByCode = [], Scores = [], Labels = [], Partitions = [], Gone = [] };
        Assert.EndsWith("</html>", ReportPage.Write(replay, none.Compare("a", "b", (_, _) => "")), StringComparison.Ordinal);
    }

    private static string[] Tags(string page) => [.. Regex.Matches(page, "</?[a-z0-9]+").Select(tag => tag.Value)];

    private static double Number(XElement element, string attribute) => double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
}
