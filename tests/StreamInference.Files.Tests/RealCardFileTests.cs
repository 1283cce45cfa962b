using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Parquet;
using Parquet.Schema;
using StreamInference.Configuration;
using StreamInference.Onnx.Tabular;
using StreamInference.TestKit;

namespace StreamInference.Files.Tests;

/// <summary>Real card transactions as CSV, JSON Lines and Parquet: the scores are those that were computed offline, and the same to the last digit.</summary>
public sealed class RealCardFileTests : IDisposable, IKeyedServiceProvider
{
    private const string Data = "data/fraud/ulb_creditcard_subset.csv";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public object? GetService(Type serviceType) => null;

    public object? GetKeyedService(Type serviceType, object? serviceKey) => null;

    public object GetRequiredKeyedService(Type serviceType, object? serviceKey) => throw new InvalidOperationException("There is none.");

    [Fact]
    public async Task Scores_of_real_cards_equal_the_offline_ones_in_every_format()
    {
        string csv = SharedData.Require(Data);
        string[][] table = [.. File.ReadLines(csv).Select(line => line.Split(','))];
        string jsonLines = _folder.Write("cards.jsonl.zst", string.Join('\n', table.Skip(1).Select(row => Json(table[0], row))));
        string parquet = await WriteParquetAsync(table);
        double[] fromCsv = await ScoreAsync(csv, "csv.parquet");
        Assert.Equal(fromCsv, await ScoreAsync(jsonLines, "jsonl.csv"));
        Assert.Equal(fromCsv, await ScoreAsync(parquet, "parquet.jsonl.gz"));
        int compared = 0;
        foreach (string line in File.ReadLines(Path.Combine(SharedData.RepositoryRoot, "models", "fraud_ulb", "1", "golden.jsonl")))
        {
            using JsonDocument golden = JsonDocument.Parse(line);
            Assert.Equal(golden.RootElement.GetProperty("score").GetDouble(), fromCsv[golden.RootElement.GetProperty("row").GetInt32()], 1e-5);
            compared++;
        }

        Assert.InRange(compared, 1000, fromCsv.Length);
    }

    private async Task<double[]> ScoreAsync(string input, string output)
    {
        PipelineConfig pipeline = new()
        {
            Name = "cards",
            Kind = "tabular",
            Input = new InputConfig { Topic = "in" },
            Output = new OutputConfig { Topic = "out" },
            Model = new ModelConfig { Path = Path.Combine(SharedData.RepositoryRoot, "models", "fraud_ulb"), Providers = ["cpu"] },
            Batch = new BatchConfig { MaxSize = 512 },
        };
        FileScoringReport report = await FileScoring.RunAsync(
            pipeline, new FileScoringOptions { Inputs = [input], Output = _folder[output] }, new TabularModelLoader(), this, NullLoggerFactory.Instance,
            stop: TestContext.Current.CancellationToken);
        Assert.Empty(report.DeadLetters);
        return [.. Rows.Read(_folder[output]).Select(row => JsonDocument.Parse(row.Value).RootElement.GetProperty("score").GetDouble())];
    }

    private static string Json(string[] names, string[] row) => "{" + string.Join(',', names.Zip(row, (name, value) => $"\"{name}\":{value.Trim('"')}")) + "}";

    private async Task<string> WriteParquetAsync(string[][] table)
    {
        string path = _folder["cards.parquet"];
        DataField[] fields = [.. table[0].Select(name => new DataField(name, typeof(double), isNullable: false))];
        await using FileStream file = File.Create(path);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), file, new ParquetOptions { CompressionMethod = CompressionMethod.Snappy });
        foreach (string[][] rows in table.Skip(1).Chunk(5000))
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            for (int column = 0; column < fields.Length; column++)
                await group.WriteAsync<double>(fields[column], rows.Select(row => double.Parse(row[column].Trim('"'), CultureInfo.InvariantCulture)).ToArray());
        }

        return path;
    }
}
