using System.Buffers;
using BenchmarkDotNet.Attributes;
using StreamInference.Onnx.Tabular;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.Simulation;

namespace StreamInference.Benchmarks.Tabular;

/// <summary>
/// Simulated transactions through the demo models: decode, infer and encode in batches of 512 and one at a time. Version 1 is boosted trees, version
/// 2 a small network.
/// </summary>
[MemoryDiagnoser]
public class ScoreBenchmarks : IDisposable
{
    private const int Records = 512;

    private readonly ResultBatch _results = new();
    private MicroBatch _batch = new();
    private MicroBatch[] _alone = [];
    private TabularModel? _model;

    [Params("1", "2")]
    public string Version { get; set; } = "2";

    [GlobalSetup]
    public void Setup()
    {
        byte[][] values = Transactions(Records);
        _batch = MemoryBatch.Of(values);
        _alone = [.. values.Select(value => MemoryBatch.Of([value]))];
        _model = TabularModel.Load(Path.Combine(RepositoryRoot(), "models", "fraud"), new TabularModelOptions { Version = Version });
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _model?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Records)]
    public int Batched()
    {
        _results.Clear();
        _model!.Run(_batch, _results);
        return _results.ByteCount;
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public int OneAtATime()
    {
        int bytes = 0;
        foreach (MicroBatch batch in _alone)
        {
            _results.Clear();
            _model!.Run(batch, _results);
            bytes += _results.ByteCount;
        }

        return bytes;
    }

    private static byte[][] Transactions(int count)
    {
        TransactionStream stream = new(new SimulatorOptions { Customers = 500, Terminals = 200, WarmUpDays = 10 });
        ArrayBufferWriter<byte> value = new();
        ArrayBufferWriter<byte> key = new();
        byte[][] values = new byte[count][];
        for (int index = 0; index < count; index++)
        {
            value.ResetWrittenCount();
            key.ResetWrittenCount();
            stream.WriteNext(value, key);
            values[index] = value.WrittenSpan.ToArray();
        }

        return values;
    }

    private static string RepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "StreamInference.sln"))) return folder.FullName;
        throw new InvalidOperationException("Benchmarks run from a build output inside the repository.");
    }
}
