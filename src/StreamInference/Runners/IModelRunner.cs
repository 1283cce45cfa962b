using System.Threading.Channels;
using StreamInference.Records;

namespace StreamInference.Runners;

/// <summary>The one contract for all models: submit records, receive one or more results for each, the last marked final.</summary>
public interface IModelRunner : IAsyncDisposable
{
    /// <summary>Hands a batch to the runner. Worker loop only.</summary>
    /// <returns>False when the runner is full (backpressure: keep the batch, try later). On true the runner may read the batch until its results are out.</returns>
    bool TrySubmit(MicroBatch batch);

    /// <summary>Results as they come. Every record gets at least one; a failure is a result. Completes with an exception when the runner is broken.</summary>
    ChannelReader<ResultBatch> Results { get; }

    /// <summary>Called from the runner's thread when results are there to read, so that a waiting worker wakes. Set by the worker that uses the runner, before its first submit;
    /// null between two workers. What is set may be called once more after it was replaced.</summary>
    Action? ResultsAvailable { get; set; }

    /// <summary>Takes a result batch back for reuse. Worker loop only, after its last result was committed or dropped.</summary>
    void Recycle(ResultBatch results);

    /// <summary>Gives up a record whose results no one wants any more (its partition went away). Its results may or may not still come.</summary>
    void Cancel(RecordId record);

    /// <summary>Ends a request soon, with what it has, or as soon as it comes. Any thread. Nothing where records are no requests.</summary>
    void Cancel(RequestCancellation cancellation)
    {
    }

    /// <summary>
    /// Whether records have many results, which are written together with the progress from which another worker goes on (token streams).
    /// </summary>
    bool KeepsProgress => false;

    /// <summary>Whether the model remembers something of each key (<see cref="PartitionAssignment.KeyedState"/>), which is written together with the results.</summary>
    bool KeepsState => false;

    /// <summary>The most records in one batch.</summary>
    int MaxBatchSize { get; }
}
