using System.Diagnostics.Metrics;

namespace StreamInference.Pipeline;

/// <summary>
/// The instruments of the meter <c>StreamInference</c>, with the pipeline's name as the tag <c>pipeline</c>. Durations are in seconds
/// (OpenTelemetry semantic conventions), so that Prometheus shows <c>streaminference_*_seconds</c>.
/// </summary>
public sealed class PipelineMetrics : IDisposable
{
    /// <summary>The meter's name, for exporters.</summary>
    public const string MeterName = "StreamInference";

    private static readonly double[] DurationBounds =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 10];

    private static readonly int[] SizeBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192];

    private readonly Meter _meter;
    private readonly KeyValuePair<string, object?> _pipeline;
    private readonly Counter<long> _consumed;
    private readonly Counter<long> _produced;
    private readonly Counter<long> _deadLettered;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _passedOver;
    private readonly Counter<long> _rebalances;
    private readonly Counter<long> _commits;
    private readonly Histogram<int> _batchSize;
    private readonly Histogram<double> _queue;
    private readonly Histogram<double> _inference;
    private readonly Histogram<double> _commit;
    private readonly Histogram<double> _endToEnd;
    private long _lag = -1;

    /// <summary>Creates the instruments of one pipeline.</summary>
    public PipelineMetrics(string pipeline, IMeterFactory? factory = null)
    {
        _pipeline = new("pipeline", pipeline);
        _meter = factory?.Create(MeterName) ?? new Meter(MeterName);
        _consumed = _meter.CreateCounter<long>("streaminference.records.consumed", "{record}", "Records read from the input topic.");
        _produced = _meter.CreateCounter<long>("streaminference.records.produced", "{record}", "Results committed to the output topic.");
        _deadLettered = _meter.CreateCounter<long>("streaminference.records.dead_lettered", "{record}", "Records committed to the dead-letter topic.");
        _dropped = _meter.CreateCounter<long>("streaminference.records.dropped", "{record}", "Stale records dropped by a latest-only pipeline.");
        _passedOver = _meter.CreateCounter<long>("streaminference.records.passed_over", "{record}", "Records that do not fulfil input.where.");
        _rebalances = _meter.CreateCounter<long>("streaminference.rebalances", "{rebalance}", "Assign, revoke and lost events.");
        _commits = _meter.CreateCounter<long>("streaminference.commits", "{commit}", "Transactions, by outcome.");
        _batchSize = _meter.CreateHistogram<int>(
            "streaminference.batch.size", "{record}", "Records in a batch.", advice: new() { HistogramBucketBoundaries = SizeBounds });
        _queue = Duration("streaminference.queue.duration", "From the oldest record's arrival at the worker to the start of inference.");
        _inference = Duration("streaminference.inference.duration", "Decoding, model and encoding of a batch.");
        _commit = Duration("streaminference.commit.duration", "Begin to commit of a transaction.");
        _endToEnd = Duration("streaminference.end_to_end.duration", "From a record's timestamp to the commit of its result.");
        _meter.CreateObservableGauge("streaminference.consumer.lag", ObserveLag, "{record}", "Records between position and end of the assigned partitions.");
    }

    /// <summary>Whether anyone listens to end-to-end latencies, which cost something for each record.</summary>
    public bool ObservesEndToEnd => _endToEnd.Enabled;

    /// <summary>Called with each end-to-end latency in seconds, beside the instrument: a live view without an exporter.</summary>
    public Action<double>? EndToEndObserver { get; set; }

    /// <summary>Total results committed since start.</summary>
    public long Produced { get; private set; }

    /// <summary>Total records dead-lettered since start.</summary>
    public long DeadLettered { get; private set; }

    /// <summary>Total records that gave way to newer ones since start (latest-only pipelines).</summary>
    public long Dropped { get; private set; }

    /// <summary>Total records read since start.</summary>
    public long Consumed { get; private set; }

    /// <summary>The last reported lag in records; -1 when unknown.</summary>
    public long Lag => Interlocked.Read(ref _lag);

    /// <summary>The size of the last batch.</summary>
    public int LastBatchSize { get; private set; }

    internal void RecordConsumed(int count)
    {
        Consumed += count;
        _consumed.Add(count, _pipeline);
    }

    internal void RecordPassedOver() => _passedOver.Add(1, _pipeline);

    internal void RecordBatch(int size, TimeSpan queue, TimeSpan inference)
    {
        LastBatchSize = size;
        _batchSize.Record(size, _pipeline);
        _queue.Record(queue.TotalSeconds, _pipeline);
        _inference.Record(inference.TotalSeconds, _pipeline);
    }

    internal void RecordCommit(string outcome, TimeSpan duration)
    {
        _commits.Add(1, _pipeline, new("outcome", outcome));
        _commit.Record(duration.TotalSeconds, _pipeline);
    }

    internal void RecordResults(int produced, int deadLettered)
    {
        Produced += produced;
        DeadLettered += deadLettered;
        if (produced > 0) _produced.Add(produced, _pipeline);
        if (deadLettered > 0) _deadLettered.Add(deadLettered, _pipeline);
    }

    internal void RecordDropped(int count)
    {
        Dropped += count;
        _dropped.Add(count, _pipeline);
    }

    internal void RecordEndToEnd(double seconds)
    {
        _endToEnd.Record(seconds, _pipeline);
        EndToEndObserver?.Invoke(seconds);
    }

    internal void RecordRebalance(string kind) => _rebalances.Add(1, _pipeline, new("kind", kind));

    internal void RecordLag(long lag) => Interlocked.Exchange(ref _lag, lag);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private Histogram<double> Duration(string name, string description) =>
        _meter.CreateHistogram<double>(name, "s", description, advice: new() { HistogramBucketBoundaries = DurationBounds });

    private IEnumerable<Measurement<long>> ObserveLag() => Lag >= 0 ? [new(Lag, _pipeline)] : [];
}
