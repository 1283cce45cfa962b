using StreamInference.Commit;
using StreamInference.Configuration;
using StreamInference.Pipeline;
using StreamInference.Sources;

namespace StreamInference.LoadTest.Systems;

/// <summary>The real transport, with each commit counted.</summary>
internal sealed class MeteredTransport(IPipelineTransport inner, Meter meter) : IPipelineTransport
{
    public IRecordSource CreateSource(PipelineConfig pipeline, int slot) => inner.CreateSource(pipeline, slot);

    public ITransactionalSink CreateSink(PipelineConfig pipeline, int slot, IRecordSource source) => new MeteredSink(inner.CreateSink(pipeline, slot, source), meter);

    private sealed class MeteredSink(ITransactionalSink inner, Meter meter) : ITransactionalSink
    {
        public string? LastError => inner.LastError;

        public CommitOutcome Commit(CommitRequest request)
        {
            CommitOutcome outcome = inner.Commit(request);
            if (outcome == CommitOutcome.Committed) meter.Committed(request.ResultCount);
            return outcome;
        }

        public void Dispose() => inner.Dispose();
    }
}
