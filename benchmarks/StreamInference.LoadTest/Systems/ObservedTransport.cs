using StreamInference.Commit;
using StreamInference.Configuration;
using StreamInference.Pipeline;
using StreamInference.Runners;
using StreamInference.Sources;

namespace StreamInference.LoadTest.Systems;

/// <summary>A transport that tells of what goes through it.</summary>
/// <param name="inner">The real one.</param>
/// <param name="committed">Called with the number of results of each definite commit, by the worker's thread.</param>
/// <param name="joining">Called before a worker joins; null: nobody asks.</param>
internal sealed class ObservedTransport(IPipelineTransport inner, Action<int> committed, Action? joining = null) : IPipelineTransport
{
    public IReadOnlyList<string> FindObstacles(PipelineConfig pipeline) => inner.FindObstacles(pipeline);

    public IRecordSource CreateSource(PipelineConfig pipeline, int slot)
    {
        joining?.Invoke();
        return inner.CreateSource(pipeline, slot);
    }

    public ITransactionalSink CreateSink(PipelineConfig pipeline, int slot, IRecordSource source) => new Sink(inner.CreateSink(pipeline, slot, source), committed);

    public IDisposable ReadControl(PipelineConfig pipeline, int slot, Action<RequestCancellation> cancel, CancellationToken stop) =>
        inner.ReadControl(pipeline, slot, cancel, stop);

    private sealed class Sink(ITransactionalSink inner, Action<int> committed) : ITransactionalSink
    {
        public string? LastError => inner.LastError;

        public CommitOutcome Commit(CommitRequest request)
        {
            CommitOutcome outcome = inner.Commit(request);
            if (outcome == CommitOutcome.Committed) committed(request.ResultCount);
            return outcome;
        }

        public void Dispose() => inner.Dispose();
    }
}
