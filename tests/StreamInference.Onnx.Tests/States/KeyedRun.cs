using System.Text.Json;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.States;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Onnx.Tests.States;

/// <summary>Runs records of one partition through a model in batches, as a worker would, and folds the states that it would commit.</summary>
internal sealed class KeyedRun
{
    private readonly MemoryRecordLease _lease = new();
    private PartitionAssignment _partition = new("input", 0);
    private long _offset;

    public StateFold Committed { get; } = new();

    /// <summary>Another owner: what is remembered is what was committed.</summary>
    public void Restart() => _partition = new PartitionAssignment("input", 0) { KeyedState = Committed.Below(_offset, out _) };

    public List<(JsonElement Result, RecordError? Error)> Run(IBatchModel model, IEnumerable<MemoryRecord> records, int batchSize)
    {
        List<(JsonElement, RecordError?)> all = [];
        foreach (MemoryRecord[] chunk in records.Chunk(batchSize))
        {
            MicroBatch batch = new();
            foreach (MemoryRecord record in chunk) batch.Add(new StreamRecord(_lease, _lease.Add(record), _partition, _offset++, 1000), 0);
            ResultBatch results = new();
            model.Run(batch, results);
            Assert.Equal(chunk.Length, results.Count);
            for (int i = 0; i < chunk.Length; i++) Assert.Equal(batch.Records[i].Offset, results.Results[i].Record.Offset);
            foreach (Result result in results.Results)
                all.Add((result.Error is null ? JsonDocument.Parse(results.ValueOf(result).ToArray()).RootElement : default, result.Error));
            foreach (StateEntry entry in results.States)
            {
                StateWrite write = new(_partition, results, entry);
                Committed.Add(write.Key.ToArray(), write.IsTombstone ? null : write.Value.ToArray());
            }
        }

        return all;
    }
}
