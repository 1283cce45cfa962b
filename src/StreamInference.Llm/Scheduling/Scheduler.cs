using StreamInference.Llm.Engine;
using StreamInference.Llm.KvCache;

namespace StreamInference.Llm.Scheduling;

/// <summary>
/// Continuous batching: each step takes every running sequence that lacks one token, then prompt chunks, then newcomers, within a budget of
/// tokens. Memory that runs short is taken from the least important sequence, which waits and is computed again (vLLM's recompute preemption).
/// A plan is undone by <see cref="Undo"/>; preemptions and evictions it made stay, they change nobody's tokens.
/// </summary>
internal sealed class Scheduler(KvCacheManager cache, WaitingQueue waiting, ChunkController chunks, LlmEngineOptions options)
{
    private readonly List<Sequence> _running = [];
    private readonly List<Sequence> _candidates = [];
    private readonly Queue<Sequence> _suspects = new();
    private readonly StepPlan _plan = new();
    private long _step;

    public IReadOnlyList<Sequence> Running => _running;

    public bool HasWork => _running.Count > 0 || waiting.Count > 0;

    /// <summary>Decides the next step. The plan is valid until the next call.</summary>
    public StepPlan Plan()
    {
        _step++;
        _plan.Clear();
        if (PlanSuspect()) return _plan;
        PlanDecodes();
        PlanChunks();
        PlanAdmissions();
        return _plan;
    }

    /// <summary>Undoes the last plan: blocks go back, newcomers wait again.</summary>
    public void Undo()
    {
        for (int i = _plan.Count - 1; i >= 0; i--)
        {
            PlannedSequence planned = _plan[i];
            if (!planned.Admitted)
            {
                cache.Shrink(planned.Sequence, planned.BlocksBefore);
                continue;
            }
            _running.Remove(planned.Sequence);
            ReturnToQueue(planned.Sequence, keep: false);
        }
    }

    /// <summary>From the next plan on, the sequences of the last one run one at a time, until each has been tried: a step of many failed.</summary>
    public void IsolateLastPlan()
    {
        foreach (PlannedSequence planned in _plan.Sequences)
            if (!_suspects.Contains(planned.Sequence)) _suspects.Enqueue(planned.Sequence);
    }

    /// <summary>Takes a finished sequence out, wherever it is.</summary>
    public void Finish(Sequence sequence, bool keep)
    {
        _running.Remove(sequence);
        cache.Release(sequence, keep);
        waiting.Forget(sequence);
        sequence.Status = SequenceStatus.Finished;
    }

    private bool PlanSuspect()
    {
        while (_suspects.TryDequeue(out Sequence? suspect))
        {
            if (suspect.Status == SequenceStatus.Finished) continue;
            int before = suspect.BlockCount;
            bool admitted = suspect.Status == SequenceStatus.Waiting;
            if (admitted && !TryAdmit(suspect, 0)) continue;
            if (!admitted && !GrowOrPreempt(suspect)) continue;
            int count = Math.Min(suspect.Remaining, options.MaxBatchedTokens);
            _plan.Add(new PlannedSequence(suspect, count, before, admitted));
            return true;
        }
        return false;
    }

    private void PlanDecodes()
    {
        _candidates.Clear();
        _candidates.AddRange(_running);
        foreach (Sequence sequence in _candidates)
        {
            // A sequence planned before may have taken this one's memory.
            if (sequence.Status != SequenceStatus.Running || sequence.Remaining != 1) continue;
            int before = sequence.BlockCount;
            if (GrowOrPreempt(sequence)) _plan.Add(new PlannedSequence(sequence, 1, before, false));
        }
    }

    private void PlanChunks()
    {
        foreach (Sequence sequence in _running)
        {
            if (sequence.Remaining <= 1) continue;
            int count = ChunkOf(sequence, sequence.Computed);
            if (count == 0) return;
            _plan.Add(new PlannedSequence(sequence, count, sequence.BlockCount, false));
        }
    }

    /// <summary>Tokens of a sequence that this step still takes: the budget of tokens bounds its memory, the controller its time.</summary>
    private int ChunkOf(Sequence sequence, int computed)
        => Math.Min(options.MaxBatchedTokens - _plan.TokenCount, chunks.Limit(_plan.DecodeRows, _plan.Chunks, computed, sequence.Length - computed));

    private void PlanAdmissions()
    {
        while (waiting.Peek(_step) is { } next)
        {
            if (MustWaitForPrefix(next))
            {
                next.DeferredInStep = _step;
                continue;
            }
            int count = ChunkOf(next, cache.CachedPrefixLength(next));
            if (count == 0) return;
            // One block for each running sequence: a newcomer should not cause a preemption at once.
            if (!TryAdmit(next, _running.Count) && !PreemptFor(next)) return;
            // Preemption may have left more of its prefix in the cache.
            _plan.Add(new PlannedSequence(next, Math.Min(next.Remaining, count), 0, true));
        }
    }

    private bool TryAdmit(Sequence sequence, int reserve)
    {
        if (!cache.TryAdmit(sequence, _running.Count == 0 ? 0 : reserve)) return false;
        waiting.Remove(sequence);
        sequence.Status = SequenceStatus.Running;
        _running.Add(sequence);
        return true;
    }

    /// <summary>True while a running sequence computes a longer common prefix than is cached: waiting for it is cheaper than computing it too.</summary>
    private bool MustWaitForPrefix(Sequence next)
    {
        if (!options.PrefixCaching) return false;
        int cached = -1;
        foreach (Sequence running in _running)
        {
            if (running.Remaining <= 1 || running.Computed >= running.PromptLength) continue;
            int common = next.Tokens[..^1].CommonPrefixLength(running.Tokens[..running.PromptLength]);
            if (cached < 0) cached = cache.CachedPrefixLength(next);
            if (common - cached >= cache.BlockSize && common / cache.BlockSize * cache.BlockSize > cached) return true;
        }
        return false;
    }

    private bool GrowOrPreempt(Sequence sequence)
    {
        while (!cache.TryGrow(sequence, sequence.Length))
        {
            Sequence victim = Victim(long.MaxValue)!;
            Preempt(victim);
            if (victim == sequence) return false;
        }
        return true;
    }

    private bool PreemptFor(Sequence next)
    {
        long priority = next.Request.Request.Priority;
        if (!CouldAdmitByPreemption(next, priority)) return false;
        while (Victim(priority) is { } victim)
        {
            Preempt(victim);
            if (TryAdmit(next, _running.Count)) return true;
        }
        return false;
    }

    private bool CouldAdmitByPreemption(Sequence next, long priority)
    {
        int blocks = cache.AvailableBlocks, left = _running.Count, victims = 0;
        foreach (Sequence candidate in _running)
        {
            if (waiting.EffectivePriority(candidate) >= priority) continue;
            blocks += KvCacheManager.ExclusiveBlocks(candidate);
            left--;
            victims++;
        }
        return victims > 0 && blocks >= cache.BlocksFor(next.Length + 1) + left;
    }

    /// <summary>The running sequence of the lowest priority below a bound (waiting raises it), of the key served most, the youngest.</summary>
    private Sequence? Victim(long belowPriority)
    {
        Sequence? victim = null;
        foreach (Sequence candidate in _running)
            if (waiting.EffectivePriority(candidate) < belowPriority && (victim is null || LessImportant(candidate, victim))) victim = candidate;
        return victim;
    }

    private bool LessImportant(Sequence a, Sequence b)
    {
        int byPriority = waiting.EffectivePriority(a).CompareTo(waiting.EffectivePriority(b));
        if (byPriority != 0) return byPriority < 0;
        int byService = waiting.ServedOf(a.Request.Key).CompareTo(waiting.ServedOf(b.Request.Key));
        if (byService != 0) return byService > 0;
        return (a.Request.Arrival, a.Choice).CompareTo((b.Request.Arrival, b.Choice)) > 0;
    }

    private void Preempt(Sequence victim)
    {
        _plan.Drop(victim);
        _plan.Preempted++;
        _running.Remove(victim);
        ReturnToQueue(victim, keep: true);
    }

    private void ReturnToQueue(Sequence sequence, bool keep)
    {
        cache.Release(sequence, keep);
        sequence.Status = SequenceStatus.Waiting;
        waiting.Return(sequence);
    }
}
