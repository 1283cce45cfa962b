using System.Globalization;
using HdrHistogram;
using Spectre.Console;
using StreamInference.LoadTest.Load;
using StreamInference.LoadTest.Systems;

namespace StreamInference.LoadTest;

/// <summary>Runs the systems of a scenario in turn, on the same cluster, and puts them into one table.</summary>
internal sealed class ScenarioRunner(Scenario scenario, Cluster cluster, string headers, CancellationToken stop)
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(5);

    private readonly Table _table = new() { Title = new TableTitle(scenario.Name), Border = TableBorder.Markdown };

    /// <summary>Whether every run was complete and nothing was repeated.</summary>
    public bool IsClean { get; private set; } = true;

    public async Task<Table> RunAsync()
    {
        foreach (string column in new[] { "system", "rate asked", "records/s", "P50 ms", "P95 ms", "P99 ms", "CPU s per million", "managed bytes a record", "peak MiB", "check" })
            _table.AddColumn(column);
        if (scenario.Mode == "offline") await RunOfflineAsync();
        else await RunOnlineAsync();
        return _table;
    }

    private async Task RunOfflineAsync()
    {
        Dictionary<long, string> filled = [];
        foreach (long records in scenario.Systems.Select(RecordsOf).Distinct())
        {
            string topic = filled[records] = $"load-in-{records}-{Suffix()}";
            await cluster.CreateAsync(topic, scenario.Partitions);
            Console.Error.WriteLine($"filling {topic} with {records} records");
            Feeder.Send(cluster.BootstrapServers, topic, records, 0, stop);
        }

        // The order turns from round to round, so that no system always runs after the same one.
        for (int round = 0; round < scenario.Repeat; round++)
        {
            for (int i = 0; i < scenario.Systems.Count; i++)
            {
                string system = scenario.Systems[(i + round) % scenario.Systems.Count];
                if (system == "file") await ScoreFileAsync(RecordsOf(system));
                else await DrainAsync(system, filled[RecordsOf(system)], RecordsOf(system));
            }
        }

        await cluster.DeleteAsync([.. filled.Values]);
    }

    private async Task DrainAsync(string system, string input, long records)
    {
        string output = $"load-out-{system}-{Suffix()}";
        await cluster.CreateAsync(output, scenario.Partitions);
        await cluster.CreateAsync(output + ".dlq", 1);
        using SystemProcess process = SystemProcess.Start(system, Options(system, input, output, records));
        Dictionary<string, string> result = await process.ResultAsync(RunLimit, stop);
        string check = "-";
        if (system != "model")
        {
            ReadReport read = ResultReader.Read(cluster.BootstrapServers, output, records, records, TimeSpan.FromSeconds(10), stop);
            check = read.Verdict(records);
            IsClean &= check == "ok";
        }

        AddRow(system, "", result, null, check);
        await cluster.DeleteAsync(output, output + ".dlq");
    }

    private async Task ScoreFileAsync(long records)
    {
        string folder = Directory.CreateTempSubdirectory("load-file-").FullName;
        string input = Path.Combine(folder, "in.jsonl"), output = Path.Combine(folder, "out.jsonl");
        RowFile.Write(input, records);
        using SystemProcess process = SystemProcess.Start("file", Options("file", input, output, records));
        Dictionary<string, string> result = await process.ResultAsync(RunLimit, stop);
        string check = RowFile.Check(output, records);
        IsClean &= check == "ok";
        AddRow("file", "", result, null, check);
        Directory.Delete(folder, recursive: true);
    }

    private async Task RunOnlineAsync()
    {
        foreach (int rate in scenario.Rates)
            foreach (string system in scenario.Systems) await RunAtRateAsync(system, rate);
    }

    private async Task RunAtRateAsync(string system, int rate)
    {
        // A prelude of a fourth as many warms the system up and is left out of the percentiles.
        long warm = (long)rate * scenario.Seconds / 4;
        long records = warm + ((long)rate * scenario.Seconds);
        string input = $"load-in-{rate}-{Suffix()}", output = $"load-out-{system}-{Suffix()}";
        foreach (string topic in new[] { input, output }) await cluster.CreateAsync(topic, scenario.Partitions);
        await cluster.CreateAsync(output + ".dlq", 1);
        using SystemProcess process = SystemProcess.Start(system, Options(system, input, output, records));
        Task feeding = Task.Run(() => Feeder.Send(cluster.BootstrapServers, input, records, rate, stop), stop);
        ReadReport read = await Task.Run(() => ResultReader.Read(cluster.BootstrapServers, output, records, warm, TimeSpan.FromSeconds(30), stop), stop);
        await feeding;
        Dictionary<string, string> result = await process.ResultAsync(TimeSpan.FromSeconds(10), stop);
        string check = read.Verdict(records);
        IsClean &= check == "ok";
        AddRow(system, rate.ToString(CultureInfo.InvariantCulture), result, read.Latency, check);
        await cluster.DeleteAsync(input, output, output + ".dlq");
    }

    private SystemOptions Options(string system, string input, string output, long records) => new()
    {
        Bootstrap = cluster.BootstrapServers,
        Input = input,
        Output = output,
        Group = $"{system}-{Suffix()}",
        CommitMs = scenario.CommitMs,
        Batch = scenario.Batch,
        ExitAfter = records,
        Threads = system == "replay-2" ? 2 : scenario.Workers,
        Headers = headers,
    };

    private long RecordsOf(string system) => system == "naive" ? scenario.SlowRecords : scenario.Records;

    private void AddRow(string system, string rate, Dictionary<string, string> result, LongHistogram? latency, string check)
    {
        string Field(string name) => result.GetValueOrDefault(name, "-");
        string Percentile(double p) => latency is null || latency.TotalCount == 0 ? "-" : (latency.GetValueAtPercentile(p) / 1000.0).ToString("F1", CultureInfo.InvariantCulture);
        string[] row =
        [
            system, rate, Field("rate"), Percentile(50), Percentile(95), Percentile(99), Field("cpu_s_per_million"), Field("managed_bytes_per_record"), Field("peak_mib"), check,
        ];
        Console.Error.WriteLine(string.Join("  ", row.Where(cell => cell.Length > 0)));
        _table.AddRow(row.Select(cell => new Text(cell)));
    }

    private static string Suffix() => Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4));
}
