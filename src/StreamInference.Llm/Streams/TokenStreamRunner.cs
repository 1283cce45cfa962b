using System.Collections.Concurrent;
using System.Threading.Channels;
using StreamInference.Llm.Engine;
using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Llm.Streams;

/// <summary>
/// Serves a language model to a pipeline: many results per record, written together with the progress from which another worker goes on
/// mid-sentence. Steps the engine itself, so one loop owns engine, streams and results.
/// </summary>
public sealed class TokenStreamRunner : IModelRunner
{
    // Written by the worker loop, read by the run loop.
    private readonly ConcurrentQueue<StreamRecord> _submitted = new();
    private readonly ConcurrentQueue<RequestCancellation> _cancels = new();
    private readonly ConcurrentQueue<ResultBatch> _free = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly CancellationTokenSource _stop = new();
    private int _requests;
    private int _outstanding;

    // Written by both loops, read by the worker loop.
    private readonly Channel<ResultBatch> _results = Channel.CreateUnbounded<ResultBatch>(new() { SingleReader = true });

    // Owned by the run loop.
    private readonly LlmEngine _engine;
    private readonly StreamRequestParser _parser;
    private readonly StreamResultWriter _writer;
    private readonly TokenStreamMetrics _metrics;
    private readonly TokenStreamOptions _options;
    private readonly ModelIdentity _model;
    private readonly TimeProvider _time;
    private readonly Dictionary<long, TokenStream> _streams = [];
    private readonly List<(TokenStream Stream, RecordError Error)> _refused = [];
    private readonly Dictionary<long, DateTimeOffset> _silentSince = [];
    private readonly RecentCancellations _cancelled;
    private long _nextEngineId;
    private long _flushedAt;
    private readonly Task? _runLoop;

    /// <summary>Starts the loop.</summary>
    /// <param name="engine">The engine; owned, stepped and disposed by the runner.</param>
    /// <param name="model">Name and version, for results and for requests that name a model.</param>
    /// <param name="options">How streams are cut into records.</param>
    /// <param name="prompts">The model's chat template; null for a model that takes prompts alone.</param>
    /// <param name="time">The pipeline's clock.</param>
    /// <param name="metrics">The instruments; owned.</param>
    /// <param name="startLoop">False for tests that call <see cref="RunOnce"/> themselves.</param>
    public TokenStreamRunner(
        LlmEngine engine,
        ModelIdentity model,
        TokenStreamOptions options,
        IPromptRenderer? prompts,
        TimeProvider time,
        TokenStreamMetrics metrics,
        bool startLoop = true)
    {
        _engine = engine;
        _model = model;
        _options = options;
        _time = time;
        _metrics = metrics;
        _parser = new StreamRequestParser(model, options, prompts);
        _writer = new StreamResultWriter(model, time);
        _cancelled = new RecentCancellations(options.MaxRememberedCancellations);
        _flushedAt = long.MinValue;
        if (startLoop) _runLoop = RunLoop.Start(Run, OnEnded, _stop.Token);
    }

    /// <inheritdoc/>
    public ChannelReader<ResultBatch> Results => _results.Reader;

    /// <inheritdoc/>
    public Action? ResultsAvailable { get; set; }

    /// <inheritdoc/>
    public bool KeepsProgress => true;

    /// <inheritdoc/>
    public int MaxBatchSize => 64;

    /// <inheritdoc/>
    /// <remarks>Requests live longer than a poll, so they are copied and the batch goes back at once.</remarks>
    public bool TrySubmit(MicroBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (Volatile.Read(ref _requests) + batch.Count > _options.MaxRequests) return false;
        Interlocked.Add(ref _requests, batch.Count);
        foreach (ref readonly StreamRecord record in batch.Records) _submitted.Enqueue(CopiedRecordLease.Copy(record));
        _results.Writer.TryWrite(new ResultBatch { Source = batch });
        _work.Release();
        return true;
    }

    /// <inheritdoc/>
    public void Recycle(ResultBatch results)
    {
        ArgumentNullException.ThrowIfNull(results);
        bool wasFlush = results.Count > 0;
        results.Clear();
        if (!wasFlush) return;
        _free.Enqueue(results);
        Interlocked.Decrement(ref _outstanding);
        _work.Release();
    }

    /// <inheritdoc/>
    public void Cancel(RecordId record) => Cancel(new RequestCancellation(record.ToString(), _time.GetUtcNow().ToUnixTimeMilliseconds()));

    /// <inheritdoc/>
    /// <remarks>The answer ends with the finish reason <c>cancelled</c>. A request that is not there yet is cancelled when it comes.</remarks>
    public void Cancel(RequestCancellation cancellation)
    {
        _cancels.Enqueue(cancellation);
        _work.Release();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_runLoop is not null) await _runLoop;
        await _engine.DisposeAsync();
        _results.Writer.TryComplete();
        _writer.Dispose();
        _metrics.Dispose();
        _work.Dispose();
        _stop.Dispose();
    }

    /// <summary>
    /// One pass: (1) cancel what nobody wants, (2) admit what was submitted, (3) one step of the engine, (4) take its outputs, (5) flush if due.
    /// </summary>
    /// <returns>False when there was nothing to do.</returns>
    public bool RunOnce()
    {
        bool worked = CancelUnwanted();
        worked |= Admit();
        worked |= _engine.Step();
        worked |= TakeOutputs();
        return FlushIfDue() || worked;
    }

    private void Run()
    {
        while (!_stop.IsCancellationRequested)
            if (!RunOnce()) _work.Wait(IdleWait(), _stop.Token);
    }

    private void OnEnded(Exception? failure)
    {
        _results.Writer.TryComplete(failure);
        ResultsAvailable?.Invoke();
    }

    private TimeSpan IdleWait() => HasUnwritten ? _options.FlushInterval : TimeSpan.FromMilliseconds(200);

    private bool HasUnwritten => _refused.Count > 0 || _streams.Values.Any(stream => stream.IsDirty);

    private bool Admit()
    {
        bool worked = false;
        while (_submitted.TryDequeue(out StreamRecord record))
        {
            worked = true;
            AdmitOne(record);
        }

        return worked;
    }

    private void AdmitOne(StreamRecord record)
    {
        long engineId = _nextEngineId++;
        ParsedRequest parsed = _parser.Parse(record, engineId);
        int[] resumed = [];
        if (record.Assignment.Restored?.Find(record.Offset) is { IsDone: false } progress)
        {
            (resumed, DateTimeOffset writtenAt) = StreamProgress.Read(progress);
            _silentSince[engineId] = writtenAt;
            _metrics.RecordResumed();
        }

        TokenStream stream = new(record, engineId, parsed.Id ?? record.Id.ToString(), resumed);
        if (parsed.Request is null)
        {
            _refused.Add((stream, parsed.Error!));
            return;
        }

        _streams.Add(engineId, stream);
        GenerationRequest request = resumed.Length == 0 ? parsed.Request : parsed.Request with { ResumeTokens = [resumed] };
        if (!_engine.TrySubmit(request)) throw new InvalidOperationException("The engine takes fewer requests than the runner's MaxRequests.");
        if (_cancelled.Covers(stream.Id, record.Timestamp) || _cancelled.Covers(record.Id.ToString(), record.Timestamp)) _engine.Cancel(engineId);
    }

    private bool CancelUnwanted()
    {
        bool worked = false;
        while (_cancels.TryDequeue(out RequestCancellation cancellation))
        {
            _cancelled.Add(cancellation);
            foreach (TokenStream stream in _streams.Values)
                if (stream.Id == cancellation.RequestId || stream.Record.Id.ToString() == cancellation.RequestId) _engine.Cancel(stream.EngineId);
            worked = true;
        }

        foreach ((long engineId, TokenStream stream) in _streams)
        {
            if (stream.Record.Assignment.IsActive) continue;
            // Another worker goes on from the committed progress; nothing of this one may be written any more.
            _engine.Cancel(engineId);
            Forget(stream);
            worked = true;
        }

        return worked;
    }

    private bool TakeOutputs()
    {
        bool worked = false;
        while (_engine.Outputs.TryRead(out GenerationOutput? output))
        {
            worked = true;
            // Outputs of a forgotten stream still come until the engine has taken its cancellation.
            if (!_streams.TryGetValue(output.RequestId, out TokenStream? stream)) continue;
            Observe(stream, output);
            stream.Append(output);
        }

        return worked;
    }

    private void Observe(TokenStream stream, GenerationOutput output)
    {
        if (output.TokenIds.Count == 0) return;
        _metrics.RecordTokens(output.TokenIds.Count);
        if (stream.Tokens.Count == 0) _metrics.RecordFirstToken(output.Timings.TimeToFirstToken);
        if (!_silentSince.Remove(stream.EngineId, out DateTimeOffset since)) return;
        // The first output since the stream moved here: its prompt and its tokens were read again, as far as the prefix cache did not have them.
        int readAgain = output.Usage.PromptTokens + stream.Tokens.Count;
        _metrics.RecordRestored(_time.GetUtcNow() - since, output.Usage.CachedTokens, readAgain - output.Usage.CachedTokens);
    }

    private bool FlushIfDue()
    {
        if (Volatile.Read(ref _outstanding) >= _options.MaxOutstandingFlushes || !HasUnwritten) return false;
        if (_flushedAt != long.MinValue && _time.GetElapsedTime(_flushedAt) < _options.FlushInterval) return false;
        _flushedAt = _time.GetTimestamp();
        if (!_free.TryDequeue(out ResultBatch? results)) results = new ResultBatch();
        results.Model = _model;
        foreach ((TokenStream stream, RecordError error) in _refused)
        {
            _writer.WriteRefusal(stream, error, results);
            Interlocked.Decrement(ref _requests);
        }

        _refused.Clear();
        foreach (TokenStream stream in _streams.Values)
        {
            if (!stream.IsDirty) continue;
            _writer.Write(stream, results);
            if (stream.IsFinished) Forget(stream);
        }

        Interlocked.Increment(ref _outstanding);
        _results.Writer.TryWrite(results);
        ResultsAvailable?.Invoke();
        return true;
    }

    private void Forget(TokenStream stream)
    {
        _streams.Remove(stream.EngineId);
        _silentSince.Remove(stream.EngineId);
        Interlocked.Decrement(ref _requests);
    }
}
