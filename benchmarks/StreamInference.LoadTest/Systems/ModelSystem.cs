using System.Buffers;
using System.Diagnostics;
using StreamInference.Onnx.Tabular;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.Simulation;

namespace StreamInference.LoadTest.Systems;

/// <summary>The model alone: decode, infer and encode of records in memory, no broker: the bound for every pipeline around it.</summary>
internal static class ModelSystem
{
    public static void Run(SystemOptions options)
    {
        using TabularModel model = Models.Load(options);
        TransactionSimulator simulator = new(new SimulatorOptions());
        MicroBatch[] batches = [.. Enumerable.Range(0, 32).Select(_ => Batch(simulator, Math.Min(options.Batch, model.MaxBatchSize)))];
        ResultBatch results = new();
        foreach (MicroBatch warmUp in batches) RunOne(model, warmUp, results);
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long bytes = GC.GetTotalAllocatedBytes();
        long started = Stopwatch.GetTimestamp();
        long records = 0;
        for (int i = 0; records < options.ExitAfter; i++)
        {
            MicroBatch batch = batches[i % batches.Length];
            RunOne(model, batch, results);
            records += batch.Count;
        }

        new Meter("model", 0).Report(
            records, Stopwatch.GetElapsedTime(started).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, GC.GetTotalAllocatedBytes() - bytes);
    }

    private static void RunOne(TabularModel model, MicroBatch batch, ResultBatch results)
    {
        results.Clear();
        model.Run(batch, results);
    }

    private static MicroBatch Batch(TransactionSimulator simulator, int size)
    {
        MicroBatch batch = new(size);
        PartitionAssignment assignment = new("memory", 0);
        ArrayBufferWriter<byte> value = new(), key = new();
        for (int i = 0; i < size; i++)
        {
            value.ResetWrittenCount();
            key.ResetWrittenCount();
            simulator.WriteNext(value, key);
            batch.Add(new StreamRecord(new ManagedLease(key.WrittenSpan.ToArray(), value.WrittenSpan.ToArray()), 0, assignment, i, -1), 0);
        }

        return batch;
    }
}
