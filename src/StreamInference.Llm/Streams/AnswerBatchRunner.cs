using System.Collections.Concurrent;
using System.Threading.Channels;
using StreamInference.Llm.Engine;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Llm.Streams;

/// <summary>
/// Serves a language model where a request has one result, its whole answer: files. A batch comes back when the last of its answers has ended; the
/// requests of the batches behind it run meanwhile, so the engine stays full. Nothing is kept of half an answer: whoever goes on asks again.
/// </summary>
public sealed class AnswerBatchRunner : IModelRunner
{
    // The worker loop writes, the run loop reads.
    private readonly Channel<MicroBatch> _submitted = Channel.CreateBounded<MicroBatch>(new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = true });
    private readonly SemaphoreSlim _work = new(0);

    // The run loop writes, the worker loop reads. Unbounded, yet never longer than what was submitted.
    private readonly Channel<ResultBatch> _results = Channel.CreateUnbounded<ResultBatch>(new() { SingleReader = true, SingleWriter = true });
    private readonly ConcurrentQueue<ResultBatch> _free = new();
    private readonly CancellationTokenSource _stop = new();

    // Owned by the run loop.
    private readonly LlmEngine _engine;
    private readonly ModelIdentity _model;
    private readonly TimeProvider _time;
    private readonly StreamRequestParser _parser;
    private readonly StreamResultWriter _writer;
    private readonly Queue<OpenBatch> _open = new();
    private readonly Dictionary<long, TokenStream> _running = [];
    private long _nextEngineId;
    private readonly Task _runLoop;

    /// <summary>Starts the loop.</summary>
    /// <param name="engine">The engine, with room for twice <see cref="TokenStreamOptions.MaxRequests"/>; owned, stepped and disposed by the runner.</param>
    /// <param name="model">Name and version, for results and for requests that name a model.</param>
    /// <param name="options">How records become requests; what is about the flow of tokens does not matter here.</param>
    /// <param name="prompts">The model's chat template; null for a model that takes prompts alone.</param>
    /// <param name="time">The pipeline's clock.</param>
    public AnswerBatchRunner(LlmEngine engine, ModelIdentity model, TokenStreamOptions options, IPromptRenderer? prompts, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _engine = engine;
        _model = model;
        _time = time;
        _parser = new StreamRequestParser(model, options, prompts);
        _writer = new StreamResultWriter(model, time);
        MaxBatchSize = Math.Min(64, options.MaxRequests);
        _runLoop = RunLoop.Start(Run, OnEnded, _stop.Token);
    }

    /// <inheritdoc/>
    public ChannelReader<ResultBatch> Results => _results.Reader;

    /// <inheritdoc/>
    public Action? ResultsAvailable { get; set; }

    /// <inheritdoc/>
    public int MaxBatchSize { get; }

    /// <inheritdoc/>
    public bool TrySubmit(MicroBatch batch)
    {
        if (!_submitted.Writer.TryWrite(batch)) return false;
        _work.Release();
        return true;
    }

    /// <inheritdoc/>
    public void Recycle(ResultBatch results)
    {
        ArgumentNullException.ThrowIfNull(results);
        results.Clear();
        _free.Enqueue(results);
    }

    /// <inheritdoc/>
    /// <remarks>The run loop sees by itself which partitions went away.</remarks>
    public void Cancel(RecordId record)
    {
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _runLoop;
        await _engine.DisposeAsync();
        _writer.Dispose();
        _work.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        while (!_stop.IsCancellationRequested)
        {
            // What came while others ran is in already: then the pass finds nothing to do.
            if (_open.Count == 0) _work.Wait(_stop.Token);
            RunOnce();
        }
    }

    private void OnEnded(Exception? failure)
    {
        _results.Writer.TryComplete(failure);
        ResultsAvailable?.Invoke();
    }

    private void RunOnce()
    {
        while (_running.Count < MaxBatchSize && _submitted.Reader.TryRead(out MicroBatch? batch)) Admit(batch);
        CancelUnwanted();
        _engine.Step();
        while (_engine.Outputs.TryRead(out GenerationOutput? output))
        {
            TokenStream stream = _running[output.RequestId];
            stream.Append(output);
            if (stream.IsFinished) _running.Remove(output.RequestId);
        }

        while (_open.TryPeek(out OpenBatch? oldest) && oldest.IsDone) Emit(_open.Dequeue());
    }

    private void Admit(MicroBatch batch)
    {
        OpenBatch open = new(batch, _time.GetTimestamp());
        foreach (ref readonly StreamRecord record in batch.Records)
        {
            long engineId = _nextEngineId++;
            ParsedRequest parsed = _parser.Parse(record, engineId);
            TokenStream stream = new(record, engineId, parsed.Id ?? record.Id.ToString(), []);
            open.Requests.Add((stream, parsed.Error));
            if (parsed.Request is null) continue;
            _running.Add(engineId, stream);
            if (!_engine.TrySubmit(parsed.Request)) throw new InvalidOperationException("The engine takes fewer requests than two batches have.");
        }

        _open.Enqueue(open);
    }

    private void CancelUnwanted()
    {
        foreach ((long engineId, TokenStream stream) in _running)
            if (!stream.Record.Assignment.IsActive) _engine.Cancel(engineId);
    }

    private void Emit(OpenBatch batch)
    {
        if (!_free.TryDequeue(out ResultBatch? results)) results = new ResultBatch();
        results.Source = batch.Source;
        results.Model = _model;
        results.InferenceStartedAt = batch.StartedAt;
        results.CompletedAt = _time.GetTimestamp();
        foreach ((TokenStream stream, RecordError? refusal) in batch.Requests)
        {
            if (refusal is not null) results.AddFailure(stream.Record, refusal);
            else _writer.WriteAnswer(stream, results);
        }

        _results.Writer.TryWrite(results);
        ResultsAvailable?.Invoke();
    }

    private sealed class OpenBatch(MicroBatch source, long startedAt)
    {
        public MicroBatch Source { get; } = source;

        public long StartedAt { get; } = startedAt;

        /// <summary>A request for each record, in their order, with why it never ran.</summary>
        public List<(TokenStream Stream, RecordError? Refusal)> Requests { get; } = [];

        public bool IsDone => Requests.TrueForAll(static request => request.Refusal is not null || request.Stream.IsFinished);
    }
}
