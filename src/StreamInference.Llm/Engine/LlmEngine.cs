using System.Threading.Channels;
using StreamInference.Llm.Execution;
using StreamInference.Llm.Tokenization;

namespace StreamInference.Llm.Engine;

/// <summary>
/// A decoder-only language model served with continuous batching: prompts in, tokens out, many at once, each as if it ran alone.
/// </summary>
/// <remarks>
/// <see cref="TrySubmit"/>, <see cref="Cancel"/> and <see cref="Outputs"/> may be used from any thread; <see cref="Step"/> or
/// <see cref="RunAsync"/> by one. Every request that was taken ends with exactly one output whose <see cref="GenerationOutput.IsFinal"/> is true.
/// </remarks>
public sealed class LlmEngine : IAsyncDisposable
{
    // Used by callers and the loop.
    private readonly Channel<Command> _inbox = Channel.CreateUnbounded<Command>(new() { SingleReader = true });
    private readonly Channel<GenerationOutput> _outputs;
    private readonly TimeProvider _time;
    private readonly int _maxUnfinished;
    private int _unfinished;

    // Used by the loop only.
    private readonly EngineCore _core;
    private readonly IModelExecutor _executor;
    private readonly Queue<GenerationOutput> _overflow = new();

    /// <summary>Makes an engine over an executor, which it owns and disposes, and the model's tokenizer.</summary>
    /// <exception cref="ArgumentException">Impossible options; every fault is named.</exception>
    public LlmEngine(IModelExecutor executor, LanguageTokenizer tokenizer, LlmEngineOptions? options = null, TimeProvider? time = null)
        : this(executor, new LanguageTokenizerCodec(tokenizer), options, time)
    {
    }

    /// <summary>Makes an engine over an executor, which it owns and disposes.</summary>
    /// <exception cref="ArgumentException">Impossible options; every fault is named.</exception>
    public LlmEngine(IModelExecutor executor, ITokenCodec codec, LlmEngineOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(executor);
        ArgumentNullException.ThrowIfNull(codec);
        options ??= new LlmEngineOptions();
        if (options.Validate() is { Count: > 0 } faults) throw new ArgumentException(string.Join(" ", faults), nameof(options));
        _time = time ?? TimeProvider.System;
        _executor = executor;
        _maxUnfinished = options.MaxRequests;
        _outputs = Channel.CreateBounded<GenerationOutput>(new BoundedChannelOptions(options.OutputCapacity) { SingleWriter = true });
        _core = new EngineCore(executor, codec, options, _time, Emit);
    }

    private enum Progress
    {
        Worked,
        Idle,
        OutputsFull,
    }

    /// <summary>Outputs of all requests, in order for each choice. Completed when the engine is disposed or has failed.</summary>
    public ChannelReader<GenerationOutput> Outputs => _outputs.Reader;

    /// <summary>Requests that were taken and have not ended.</summary>
    public int UnfinishedRequests => Volatile.Read(ref _unfinished);

    /// <summary>What the model is.</summary>
    public ModelProfile Model => _executor.Profile;

    /// <summary>Memory of the KV cache.</summary>
    public KvCacheLayout Cache => _executor.Cache;

    /// <summary>What the last step did. Read by the loop's thread, between steps.</summary>
    public StepStatistics LastStep => _core.LastStep;

    internal EngineCore Core => _core;

    /// <summary>
    /// Hands over a request; false when as many as <see cref="LlmEngineOptions.MaxRequests"/> are unfinished, or the engine is shut. A request
    /// that cannot be served is taken and answered with an error.
    /// </summary>
    public bool TrySubmit(GenerationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (Interlocked.Increment(ref _unfinished) > _maxUnfinished || !_inbox.Writer.TryWrite(new Command(request, 0, _time.GetTimestamp())))
        {
            Interlocked.Decrement(ref _unfinished);
            return false;
        }
        return true;
    }

    /// <summary>Ends a request soon, with <see cref="FinishReason.Cancelled"/>; nothing happens when it has ended already.</summary>
    public void Cancel(long requestId) => _inbox.Writer.TryWrite(new Command(null, requestId, 0));

    /// <summary>
    /// One pass of the loop: 1 hand out waiting outputs, 2 take commands, 3 one step of the engine. False when there was nothing to do or the
    /// outputs are full.
    /// </summary>
    public bool Step() => StepOnce() == Progress.Worked;

    /// <summary>Runs <see cref="Step"/> until cancelled; waits without work.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                Progress progress = StepOnce();
                if (progress == Progress.Worked) continue;
                bool open = progress == Progress.Idle
                    ? await _inbox.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false)
                    : await _outputs.Writer.WaitToWriteAsync(cancellationToken).ConfigureAwait(false);
                if (!open) return;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The wish of the caller; what runs is dropped when the engine is disposed.
        }
    }

    /// <summary>Shuts the engine: no more requests, outputs end. Call after <see cref="RunAsync"/> has returned.</summary>
    public ValueTask DisposeAsync()
    {
        if (_inbox.Writer.TryComplete())
        {
            _outputs.Writer.TryComplete();
            _executor.Dispose();
        }
        return ValueTask.CompletedTask;
    }

    private Progress StepOnce()
    {
        while (_overflow.TryPeek(out GenerationOutput? waiting))
        {
            if (!_outputs.Writer.TryWrite(waiting)) return Progress.OutputsFull;
            _overflow.Dequeue();
        }
        bool worked = false;
        while (_inbox.Reader.TryRead(out Command command))
        {
            worked = true;
            if (command.Request is { } request) _core.Submit(request, command.At);
            else _core.Cancel(command.CancelledId);
        }
        try
        {
            worked |= _core.Step();
        }
        catch (Exception e)
        {
            // A broken contract below: nothing is known of the executor any more. Callers get their answers, then the fault goes up.
            _core.Fail(e.Message);
            _inbox.Writer.TryComplete();
            throw;
        }
        if (_core.IsFaulted) _inbox.Writer.TryComplete();
        return worked ? Progress.Worked : Progress.Idle;
    }

    private void Emit(GenerationOutput output)
    {
        if (output.IsFinal) Interlocked.Decrement(ref _unfinished);
        if (_overflow.Count > 0 || !_outputs.Writer.TryWrite(output)) _overflow.Enqueue(output);
    }

    private readonly record struct Command(GenerationRequest? Request, long CancelledId, long At);
}
