using System.Globalization;
using StreamInference.Records;

namespace StreamInference.Runners;

/// <summary>
/// Takes a model over records of its own making before traffic comes, in the smallest and in the largest batch: code is compiled, libraries are
/// loaded and memory is taken that the first records would wait for. The records lie in a partition of nobody, so no state, metric or result knows of them.
/// </summary>
internal static class ModelWarmUp
{
    // .NET compiles a method anew, at its best, once it was called 30 times.
    private const int Records = 64;

    // A large model is as warm as it gets after one run of each size.
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(250);

    /// <summary>Runs the model; not at all when it has no sample.</summary>
    /// <exception cref="ModelBrokenException">It threw, or gave a wrong number of results.</exception>
    public static void Run(IBatchModel model, TimeProvider time)
    {
        if (model.Sample.IsEmpty) return;
        long started = time.GetTimestamp();
        SampleLease lease = new(model.Sample, model.MaxBatchSize);
        RunBatch(model, lease, 1);
        int done = 0;
        do
        {
            RunBatch(model, lease, model.MaxBatchSize);
            done += model.MaxBatchSize;
        }
        while (done < Records && time.GetElapsedTime(started) < Limit);
    }

    private static void RunBatch(IBatchModel model, SampleLease lease, int size)
    {
        MicroBatch batch = new(size);
        for (int i = 0; i < size; i++) batch.Add(lease.Next(i), 0);
        ResultBatch results = new();
        try
        {
            (model as IPreparingBatchModel)?.Prepare(batch);
            model.Run(batch, results);
        }
#pragma warning disable CA1031 // whatever it is, this model would meet it in traffic
        catch (Exception failure)
#pragma warning restore CA1031
        {
            throw new ModelBrokenException($"Model {model.Identity} failed on {size} of its own sample records, before any traffic: {failure.Message}", failure);
        }

        // A record's failure is no fault: a model may dislike made-up values.
        if (results.Count != size) throw new ModelBrokenException($"Model {model.Identity} gave {results.Count} results for {size} of its own sample records.");
    }

    /// <summary>One value as many records, each with a key of its own.</summary>
    private sealed class SampleLease(ReadOnlyMemory<byte> value, int records) : RecordLease
    {
        private const int KeyLength = 8;
        private readonly PartitionAssignment _nobodys = new("warm-up", 0);
        private readonly byte[] _keys = MakeKeys(records);
        private long _offset;

        public StreamRecord Next(int index) => new(this, index, _nobodys, _offset++, -1);

        public override ReadOnlySpan<byte> Key(int index) => _keys.AsSpan(index * KeyLength, KeyLength);

        public override bool HasKey(int index) => true;

        public override ReadOnlySpan<byte> Value(int index) => value.Span;

        public override bool HasValue(int index) => true;

        public override bool TryGetHeader(int index, string name, out ReadOnlySpan<byte> header)
        {
            header = default;
            return false;
        }

        public override void CopyHeaders(int index, ICollection<KeyValuePair<string, byte[]?>> into)
        {
        }

        protected override void GiveBack()
        {
        }

        private static byte[] MakeKeys(int count)
        {
            byte[] keys = new byte[count * KeyLength];
            for (int i = 0; i < count; i++) i.TryFormat(keys.AsSpan(i * KeyLength, KeyLength), out _, "D8", CultureInfo.InvariantCulture);
            return keys;
        }
    }
}
