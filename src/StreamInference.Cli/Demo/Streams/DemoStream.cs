using Spectre.Console.Rendering;
using StreamInference.Configuration;
using StreamInference.Kafka.Clients;
using StreamInference.Pipeline;

namespace StreamInference.Cli.Demo.Streams;

/// <summary>
/// One stream of the demo: what goes into its topic, and what its results say. <see cref="Produce"/> is called by the producing thread,
/// <see cref="OnRecord"/> by the reading one; the rest may be read from anywhere.
/// </summary>
/// <param name="name">The stream's folder below <c>topics</c>, and its name in the summary.</param>
/// <param name="pipeline">The pipeline, on the demo's cluster.</param>
internal abstract class DemoStream(string name, PipelineConfig pipeline)
{
    private long _deadLetters;

    public string Name => name;

    public PipelineConfig Pipeline => pipeline;

    /// <summary>What the view writes above the stream's numbers.</summary>
    public abstract string Title { get; }

    /// <summary>What a record is called, in the plural.</summary>
    public abstract string Records { get; }

    public OnceVerifier Verifier { get; } = new();

    public LatencyHistogram Latency { get; } = new();

    /// <summary>Input records that have a result.</summary>
    public virtual long Scored => Metrics?.Produced ?? 0;

    /// <summary>What was done to them.</summary>
    public virtual string ScoredName => "scored";

    public long DeadLetters => Interlocked.Read(ref _deadLetters);

    /// <summary>The pipeline's instruments, once it runs.</summary>
    public PipelineMetrics? Metrics { get; private set; }

    /// <summary>How long until <see cref="Produce"/> has something to do.</summary>
    public abstract TimeSpan UntilNext { get; }

    /// <summary>What the stream's results were, by name: for the view and the summary.</summary>
    public abstract IReadOnlyDictionary<string, long> Findings { get; }

    /// <summary>The latest findings, a line each, the newest first.</summary>
    public abstract IEnumerable<IRenderable> Latest { get; }

    /// <summary>Produces what is due by now, a bounded number of records.</summary>
    public abstract void Produce(RecordProducer producer);

    /// <summary>The pipeline runs.</summary>
    public void Attach(PipelineMetrics metrics)
    {
        Metrics = metrics;
        metrics.EndToEndObserver = Latency.Record;
    }

    /// <summary>A committed record of the output or the dead-letter topic.</summary>
    public void OnRecord(TopicRecord record)
    {
        if (IsAnswer(record)) Verifier.Answer(record.Header("si-source"));
        if (record.Header("si-error") is not null) Interlocked.Increment(ref _deadLetters);
        else if (record.Value is not null) OnResult(record, record.Value);
    }

    /// <summary>A committed record of the input topic, where that is another stream's output. Called by the reading thread.</summary>
    public virtual void OnInput(TopicRecord record)
    {
    }

    /// <summary>Whether the record is the one that answers its input record; a stream may have many results for one.</summary>
    protected virtual bool IsAnswer(TopicRecord record) => true;

    /// <summary>A result that is no dead letter.</summary>
    protected abstract void OnResult(TopicRecord record, byte[] value);
}
