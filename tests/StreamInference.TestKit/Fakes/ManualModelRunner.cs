using System.Buffers;
using System.Threading.Channels;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.TestKit.Fakes;

/// <summary>A runner whose batches finish when the test says so, in any order. Results echo the value of their record.</summary>
public sealed class ManualModelRunner : IModelRunner
{
    private readonly Channel<ResultBatch> _results = Channel.CreateUnbounded<ResultBatch>();

    public List<MicroBatch> InFlight { get; } = [];

    public List<int> SubmittedSizes { get; } = [];

    /// <summary>Sees each batch that is taken.</summary>
    public Action<MicroBatch>? Submitted { get; set; }

    public int Capacity { get; set; } = int.MaxValue;

    public int MaxBatchSize { get; set; } = 1000;

    public int Recycled { get; private set; }

    public ChannelReader<ResultBatch> Results => _results.Reader;

    public Action? ResultsAvailable { get; set; }

    /// <summary>Fails the records whose value this holds for.</summary>
    public Func<StreamRecord, RecordError?> Fails { get; set; } = _ => null;

    public bool TrySubmit(MicroBatch batch)
    {
        if (InFlight.Count >= Capacity) return false;
        InFlight.Add(batch);
        SubmittedSizes.Add(batch.Count);
        Submitted?.Invoke(batch);
        return true;
    }

    public void CompleteAll()
    {
        while (InFlight.Count > 0) Complete(0);
    }

    public void Complete(int index)
    {
        MicroBatch batch = InFlight[index];
        InFlight.RemoveAt(index);
        ResultBatch results = new() { Source = batch, Model = new ModelIdentity("echo", 1) };
        foreach (ref readonly StreamRecord record in batch.Records)
        {
            if (Fails(record) is { } error)
            {
                results.AddFailure(record, error);
                continue;
            }

            results.Write(record.Value);
            results.Add(record);
        }

        _results.Writer.TryWrite(results);
        ResultsAvailable?.Invoke();
    }

    public void Break(Exception failure) => _results.Writer.TryComplete(failure);

    public void Recycle(ResultBatch results)
    {
        results.Clear();
        Recycled++;
    }

    public void Cancel(RecordId record)
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
