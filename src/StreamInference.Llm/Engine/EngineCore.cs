using StreamInference.Llm.Execution;
using StreamInference.Llm.KvCache;
using StreamInference.Llm.Sampling;
using StreamInference.Llm.Scheduling;

namespace StreamInference.Llm.Engine;

/// <summary>
/// The engine without threads. One <see cref="Step"/> is a transaction: 1 expire, 2 plan and reserve memory, 3 execute, 4 sample into a stage,
/// 5 commit. Until 5 nothing of a sequence changes; a step that fails before is undone.
/// </summary>
internal sealed class EngineCore
{
    private readonly IModelExecutor _executor;
    private readonly TimeProvider _time;
    private readonly Action<GenerationOutput> _emit;
    private readonly RequestIntake _intake;
    private readonly WaitingQueue _waiting;
    private readonly KvCacheManager _cache;
    private readonly ChunkController _chunks;
    private readonly Scheduler _scheduler;
    private readonly TokenSampler _sampler;
    private readonly OutputWriter _writer;
    private readonly Dictionary<long, RequestState> _requests = [];
    private readonly PriorityQueue<RequestState, DateTimeOffset> _deadlines = new();
    private readonly StepBatch _batch = new();
    private StagedToken[] _stage = [];
    private long _steps;

    public EngineCore(IModelExecutor executor, ITokenCodec codec, LlmEngineOptions options, TimeProvider time, Action<GenerationOutput> emit)
    {
        // With fewer, decoding alone could use up every step and prompts would wait for ever.
        options = options with { MaxBatchedTokens = Math.Max(options.MaxBatchedTokens, executor.Cache.MaxSequences + 1) };
        (_executor, _time, _emit) = (executor, time, emit);
        _waiting = new WaitingQueue(time, options.AgingInterval);
        _cache = new KvCacheManager(executor, options.PrefixCaching);
        _chunks = new ChunkController(options.MaxStepStretch, options.MaxBatchedTokens);
        _scheduler = new Scheduler(_cache, _waiting, _chunks, options);
        _sampler = new TokenSampler(executor.Profile.VocabularySize);
        _intake = new RequestIntake(executor.Profile, _cache.MaxTokens, codec, options);
        _writer = new OutputWriter(executor.Profile, time);
    }

    public StepStatistics LastStep { get; private set; }

    public bool HasWork => _scheduler.HasWork;

    public bool IsFaulted { get; private set; }

    public KvCacheManager Cache => _cache;

    public Scheduler Scheduler => _scheduler;

    public WaitingQueue Waiting => _waiting;

    /// <summary>Takes a request, or answers at once with what is wrong with it.</summary>
    public void Submit(GenerationRequest request, long submittedAt)
    {
        GenerationError? error = IsFaulted ? new(GenerationErrorCodes.EngineFailed, "the engine has failed")
            : _requests.ContainsKey(request.Id) ? new(GenerationErrorCodes.DuplicateRequest, $"request {request.Id} is being worked on") : null;
        RequestState? state = null;
        error ??= _intake.TryCreate(request, submittedAt, out state);
        if (error is not null)
        {
            _emit(OutputWriter.Refused(request.Id, error));
            return;
        }
        _requests.Add(request.Id, state!);
        if (request.Deadline is { } deadline) _deadlines.Enqueue(state!, deadline);
        foreach (Sequence sequence in state!.Sequences) _waiting.Add(sequence);
        foreach (Sequence sequence in state.Sequences)
            if (_writer.Replay(sequence) is { } ended) Finish(sequence, ended, null);
    }

    /// <summary>Ends a request; unknown ids are finished ones.</summary>
    public void Cancel(long id) => End(id, FinishReason.Cancelled, null);

    /// <summary>One step; false when there was nothing to do.</summary>
    public bool Step()
    {
        bool expired = Expire();
        if (!_scheduler.HasWork) return expired;
        StepPlan plan = _scheduler.Plan();
        if (plan.Count == 0) return expired || plan.Preempted > 0;
        long started = _time.GetTimestamp();
        Pack(plan);
        ExecutionResult result = _executor.Execute(_batch);
        if (result.Outcome != ExecutionOutcome.Completed)
        {
            Abort(plan, result);
            return true;
        }
        Stage(plan);
        TimeSpan elapsed = _time.GetElapsedTime(started);
        _chunks.Observe(plan.DecodeRows, plan.Chunks, elapsed);
        Commit(plan);
        LastStep = new StepStatistics(++_steps, plan.DecodeRows, plan.Chunks.Tokens, plan.Preempted, _scheduler.Running.Count, _waiting.Count,
            _cache.Pool.FreeCount, _cache.Tree.Count, elapsed);
        return true;
    }

    /// <summary>Ends everything; the engine takes no more.</summary>
    public void Fail(string detail)
    {
        IsFaulted = true;
        foreach (long id in _requests.Keys.ToArray())
            End(id, FinishReason.Error, new GenerationError(GenerationErrorCodes.EngineFailed, detail));
    }

    public EngineSnapshot Snapshot() => EngineSnapshot.Of(_executor.Cache, _cache, _scheduler, _waiting, _requests.Values);

    private bool Expire()
    {
        bool any = false;
        while (_deadlines.TryPeek(out RequestState? state, out DateTimeOffset deadline) && deadline <= _time.GetUtcNow())
        {
            _deadlines.Dequeue();
            if (state.Unfinished == 0) continue;
            End(state.Request.Id, FinishReason.DeadlineExceeded, null);
            any = true;
        }
        return any;
    }

    private void Pack(StepPlan plan)
    {
        _batch.Clear();
        for (int i = 0; i < plan.Count; i++)
        {
            PlannedSequence planned = plan[i];
            Sequence sequence = planned.Sequence;
            ReadOnlySpan<int> tokens = sequence.Tokens.Slice(sequence.Computed, planned.NewCount);
            int blocks = _executor.Cache.BlocksFor(sequence.Computed + planned.NewCount);
            _batch.Add(sequence.Slot, sequence.Computed, tokens, sequence.Blocks.AsSpan(0, blocks), planned.NeedsLogits);
        }
    }

    private void Stage(StepPlan plan)
    {
        if (_stage.Length < plan.Count) _stage = new StagedToken[plan.Count];
        for (int i = 0; i < plan.Count; i++)
        {
            if (!plan[i].NeedsLogits) continue;
            Sequence sequence = plan[i].Sequence;
            int token = _sampler.Sample(_executor.Logits(i), sequence.Request.Request.Sampling, sequence.Tokens, sequence.PromptLength,
                sequence.Request.Seed, sequence.Choice, out TokenLogprobs? logprobs);
            _stage[i] = new StagedToken(token, logprobs);
        }
    }

    private void Commit(StepPlan plan)
    {
        for (int i = 0; i < plan.Count; i++)
        {
            PlannedSequence planned = plan[i];
            Sequence sequence = planned.Sequence;
            bool needsLogits = planned.NeedsLogits;
            if (sequence.Queued is null)
            {
                sequence.Queued = _time.GetElapsedTime(sequence.Request.SubmittedAt);
                sequence.CachedTokens = sequence.Computed;
            }
            bool ofPrompt = sequence.Computed < sequence.PromptLength;
            sequence.Computed += planned.NewCount;
            _waiting.Charge(sequence, needsLogits ? planned.NewCount + 1 : planned.NewCount);
            if (needsLogits && _stage[i].Token < 0)
            {
                Finish(sequence, FinishReason.Error, new GenerationError(GenerationErrorCodes.InvalidLogits,
                    $"the model gave no finite logits for output token {sequence.OutputCount}"));
                continue;
            }
            if (ofPrompt) _cache.Publish(sequence);
            if (needsLogits) CommitToken(sequence, _stage[i]);
        }
    }

    private void CommitToken(Sequence sequence, StagedToken staged)
    {
        sequence.Append(staged.Token);
        sequence.TimeToFirstToken ??= _time.GetElapsedTime(sequence.Request.SubmittedAt);
        FinishReason? reason = _writer.Advance(sequence, staged.Token, out string text);
        if (reason is { } ended)
        {
            CountEnd(sequence);
            _scheduler.Finish(sequence, keep: true);
        }
        _emit(_writer.Token(sequence, staged, text, reason));
    }

    private void Abort(StepPlan plan, ExecutionResult result)
    {
        string detail = result.Detail ?? "no detail";
        if (result.Outcome == ExecutionOutcome.Failed && plan.Count > 1) _scheduler.IsolateLastPlan();
        _scheduler.Undo();
        if (result.Outcome == ExecutionOutcome.Fatal) Fail(detail);
        else if (plan.Count == 1)
            Finish(plan[0].Sequence, FinishReason.Error, new GenerationError(GenerationErrorCodes.ExecutionFailed, detail));
    }

    private void End(long id, FinishReason reason, GenerationError? error)
    {
        if (!_requests.TryGetValue(id, out RequestState? state)) return;
        foreach (Sequence sequence in state.Sequences)
            if (sequence.Status != SequenceStatus.Finished) Finish(sequence, reason, error);
    }

    private void Finish(Sequence sequence, FinishReason reason, GenerationError? error)
    {
        CountEnd(sequence);
        _scheduler.Finish(sequence, keep: error is null);
        _emit(_writer.Last(sequence, reason, error));
    }

    private void CountEnd(Sequence sequence)
    {
        if (--sequence.Request.Unfinished == 0) _requests.Remove(sequence.Request.Request.Id);
    }
}
