using System.Text.Json;
using StreamInference.TestKit;

namespace StreamInference.Simulation.Tests.Models;

public sealed class UlbModelFilesTests
{
    private const int FirstTestRow = 12_298;
    private const int Rows = 17_569;

    [Fact]
    public void Golden_scores_are_those_of_all_later_rows_and_of_nothing_else()
    {
        int row = FirstTestRow;
        foreach (JsonDocument line in ModelFolder.GoldenLines("fraud_ulb/1"))
        {
            Assert.Equal(["row", "score"], line.RootElement.EnumerateObject().Select(member => member.Name));
            Assert.Equal(row++, line.RootElement.GetProperty("row").GetInt32());
            Assert.InRange(line.RootElement.GetProperty("score").GetDouble(), 0, 1);
        }

        Assert.Equal(Rows, row);
    }

    [Fact]
    public void The_cards_figure_follows_from_the_golden_scores_and_the_data()
    {
        string[] data = File.ReadAllLines(SharedData.Require("data/fraud/ulb_creditcard_subset.csv"));
        Assert.Equal(Rows, data.Length - 1);
        List<(double Score, bool IsFraud)> scored = [.. ModelFolder.GoldenLines("fraud_ulb/1").Select(line => (
            line.RootElement.GetProperty("score").GetDouble(),
            data[line.RootElement.GetProperty("row").GetInt32() + 1].EndsWith(",1", StringComparison.Ordinal)))];
        using JsonDocument metrics = JsonDocument.Parse(File.ReadAllText(Path.Combine(ModelFolder.PathOf("fraud_ulb/1"), "metrics.json")));
        Assert.Equal(metrics.RootElement.GetProperty("test").GetProperty("auprc").GetDouble(), AveragePrecision(scored), 1e-4);
        Assert.Contains("**0.886**", File.ReadAllText(Path.Combine(ModelFolder.PathOf("fraud_ulb"), "README.md")), StringComparison.Ordinal);
    }

    /// <summary>Sum of precision times the step in recall over the distinct scores, as scikit-learn's average_precision_score.</summary>
    private static double AveragePrecision(List<(double Score, bool IsFraud)> scored)
    {
        double frauds = scored.Count(row => row.IsFraud);
        double sum = 0;
        int seen = 0, hits = 0;
        foreach (var equal in scored.GroupBy(row => row.Score).OrderByDescending(group => group.Key))
        {
            int found = equal.Count(row => row.IsFraud);
            seen += equal.Count();
            hits += found;
            sum += found / frauds * hits / seen;
        }

        return sum;
    }
}
