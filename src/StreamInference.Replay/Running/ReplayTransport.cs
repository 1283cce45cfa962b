using StreamInference.Commit;
using StreamInference.Configuration;
using StreamInference.Pipeline;
using StreamInference.Replay.Reports;
using StreamInference.Sources;

namespace StreamInference.Replay.Running;

/// <summary>The cluster's transport, with each definite commit counted.</summary>
internal sealed class ReplayTransport(IPipelineTransport inner, Func<CommitTally> newTally) : IPipelineTransport
{
    public IReadOnlyList<string> FindObstacles(PipelineConfig pipeline) => inner.FindObstacles(pipeline);

    public IRecordSource CreateSource(PipelineConfig pipeline, int slot) => inner.CreateSource(pipeline, slot);

    public ITransactionalSink CreateSink(PipelineConfig pipeline, int slot, IRecordSource source) => new CountedSink(inner.CreateSink(pipeline, slot, source), newTally());

    private sealed class CountedSink(ITransactionalSink inner, CommitTally tally) : ITransactionalSink
    {
        public string? LastError => inner.LastError;

        public CommitOutcome Commit(CommitRequest request)
        {
            CommitOutcome outcome = inner.Commit(request);
            if (outcome == CommitOutcome.Committed) tally.Add(request);
            return outcome;
        }

        public void Dispose() => inner.Dispose();
    }
}
