using StreamInference.Records;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Onnx.Tests.Tabular;

/// <summary>Batches of values without keys.</summary>
internal static class MemoryRecords
{
    internal static MicroBatch Batch(params string?[] values) => MemoryRecord.Batch(values.Select(value => MemoryRecord.Of(null, value)));

    internal static MicroBatch Batch(IEnumerable<byte[]?> values) => MemoryRecord.Batch(values.Select(value => new MemoryRecord(null, value)));
}
