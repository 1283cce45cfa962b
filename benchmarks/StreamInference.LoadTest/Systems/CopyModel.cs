using System.Buffers;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.LoadTest.Systems;

/// <summary>No model: the value of each record is its result. What the pipeline costs by itself.</summary>
internal sealed class CopyModel(int maxBatchSize) : IBatchModel
{
    public ModelIdentity Identity { get; } = new("copy", 1);

    public int MaxBatchSize => maxBatchSize;

    public void Run(MicroBatch batch, ResultBatch results)
    {
        foreach (ref readonly StreamRecord record in batch.Records)
        {
            results.Write(record.Value);
            results.Add(record);
        }
    }

    public void Dispose()
    {
    }
}
