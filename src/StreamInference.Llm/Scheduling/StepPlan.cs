namespace StreamInference.Llm.Scheduling;

/// <summary>One sequence in a plan.</summary>
/// <param name="Sequence">The sequence.</param>
/// <param name="NewCount">Its tokens to compute.</param>
/// <param name="BlocksBefore">Blocks it held before the plan.</param>
/// <param name="Admitted">Whether this plan took it from the waiting queue.</param>
internal readonly record struct PlannedSequence(Sequence Sequence, int NewCount, int BlocksBefore, bool Admitted)
{
    /// <summary>Whether a token is to be sampled behind it.</summary>
    public bool NeedsLogits => NewCount == Sequence.Remaining;

    /// <summary>Whether it is one token to go on from, not a part of a prompt.</summary>
    public bool Decodes => NewCount == 1 && NeedsLogits;

    /// <summary>What it computes of a prompt.</summary>
    public ChunkWork Work => Decodes ? default : ChunkWork.Of(Sequence.Computed, NewCount);
}

/// <summary>What one step will compute, with what is needed to undo it. One object is reused.</summary>
internal sealed class StepPlan
{
    private readonly List<PlannedSequence> _sequences = [];

    public IReadOnlyList<PlannedSequence> Sequences => _sequences;

    public int Count => _sequences.Count;

    public int DecodeRows { get; private set; }

    /// <summary>Its prompt chunks.</summary>
    public ChunkWork Chunks { get; private set; }

    public int TokenCount => DecodeRows + Chunks.Tokens;

    public int Preempted { get; set; }

    public PlannedSequence this[int index] => _sequences[index];

    public void Clear()
    {
        _sequences.Clear();
        DecodeRows = Preempted = 0;
        Chunks = default;
    }

    public void Add(PlannedSequence planned)
    {
        _sequences.Add(planned);
        Chunks += planned.Work;
        if (planned.Decodes) DecodeRows++;
    }

    /// <summary>Drops a sequence that was preempted after it was planned.</summary>
    public void Drop(Sequence sequence)
    {
        int at = _sequences.FindIndex(p => p.Sequence == sequence);
        if (at < 0) return;
        PlannedSequence planned = _sequences[at];
        _sequences.RemoveAt(at);
        Chunks -= planned.Work;
        if (planned.Decodes) DecodeRows--;
    }
}
