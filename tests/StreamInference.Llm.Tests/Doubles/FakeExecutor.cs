using StreamInference.Llm.Execution;

namespace StreamInference.Llm.Tests.Doubles;

/// <summary>
/// A deterministic model whose logits are a function of the tokens it reads back from its own cache, so a block or slot that is used twice, lost or
/// stale changes the output. Released memory is overwritten.
/// </summary>
internal sealed class FakeExecutor : IModelExecutor
{
    private const int Poisoned = -7;

    private readonly int[] _slots;
    private readonly int[] _blocks;
    private readonly int _rowLength;
    private float[] _logits = [];

    public FakeExecutor(KvCacheLayout layout, int vocabularySize = 40, int maxLength = 256, int eos = -1)
    {
        Cache = layout;
        Profile = new ModelProfile
        {
            Name = "fake",
            VocabularySize = vocabularySize,
            MaxSequenceLength = maxLength,
            EosTokenIds = eos < 0 ? [] : [eos],
        };
        _rowLength = layout.BlocksFor(maxLength) * layout.BlockSize;
        _slots = new int[layout.MaxSequences * _rowLength];
        _blocks = new int[layout.BlockCount * layout.BlockSize];
        Array.Fill(_slots, Poisoned);
        Array.Fill(_blocks, Poisoned);
    }

    public ModelProfile Profile { get; }

    public KvCacheLayout Cache { get; }

    /// <summary>Calls of Execute that are to fail, by number from 1.</summary>
    public HashSet<int> FailingCalls { get; } = [];

    public ExecutionOutcome Failure { get; set; } = ExecutionOutcome.Failed;

    /// <summary>A sequence that contains it gets NaN logits.</summary>
    public int NaNToken { get; set; } = -1;

    /// <summary>A batch that computes it fails.</summary>
    public int PoisonToken { get; set; } = -1;

    public int Calls { get; private set; }

    public int Failures { get; private set; }

    public long ComputedTokens { get; private set; }

    public int LargestStep { get; private set; }

    public bool Disposed { get; private set; }

    public Action<StepBatch>? OnExecute { get; set; }

    public ExecutionResult Execute(StepBatch batch)
    {
        Calls++;
        OnExecute?.Invoke(batch);
        if (FailingCalls.Contains(Calls) || batch.TokenIds.Contains(PoisonToken))
        {
            Failures++;
            return new ExecutionResult(Failure, "injected");
        }
        int vocabulary = Profile.VocabularySize;
        if (_logits.Length < batch.Sequences.Length * vocabulary) _logits = new float[batch.Sequences.Length * vocabulary];
        ComputedTokens += batch.TokenIds.Length;
        LargestStep = Math.Max(LargestStep, batch.TokenIds.Length);
        for (int i = 0; i < batch.Sequences.Length; i++) Run(batch, i);
        return ExecutionResult.Completed;
    }

    public Span<float> Logits(int sequenceIndex) => _logits.AsSpan(sequenceIndex * Profile.VocabularySize, Profile.VocabularySize);

    public void SaveBlock(int slot, int firstPosition, int block)
    {
        RefuseIfShared();
        Row(slot).Slice(firstPosition, Cache.BlockSize).CopyTo(Block(block));
    }

    public void LoadBlock(int block, int slot, int firstPosition)
    {
        RefuseIfShared();
        Block(block).CopyTo(Row(slot)[firstPosition..]);
    }

    public void ReleaseSlot(int slot) => Row(slot).Fill(Poisoned);

    public void ReleaseBlock(int block) => Block(block).Fill(Poisoned);

    public void Dispose() => Disposed = true;

    private void Run(StepBatch batch, int index)
    {
        SequenceSlice slice = batch.Sequences[index];
        ReadOnlySpan<int> tokens = batch.TokensOf(slice);
        for (int i = 0; i < tokens.Length; i++) Cell(batch, slice, slice.PastLength + i) = tokens[i];
        if (!slice.NeedsLogits) return;
        ulong history = 17;
        bool nan = false;
        for (int at = 0; at < slice.PastLength + slice.NewCount; at++)
        {
            int token = Cell(batch, slice, at);
            nan |= token == NaNToken;
            history = Mix(history ^ (uint)token);
        }
        Span<float> logits = Logits(index);
        for (int i = 0; i < logits.Length; i++)
            logits[i] = nan ? float.NaN : (float)(Mix(history + (ulong)i) >> 40) / (1 << 24) * 6;
    }

    private ref int Cell(StepBatch batch, SequenceSlice slice, int position)
    {
        if (!Cache.SharesBlocks) return ref Row(slice.Slot)[position];
        int block = batch.BlockTable(slice)[position / Cache.BlockSize];
        return ref Block(block)[position % Cache.BlockSize];
    }

    private Span<int> Row(int slot) => _slots.AsSpan(slot * _rowLength, _rowLength);

    private Span<int> Block(int block) => _blocks.AsSpan(block * Cache.BlockSize, Cache.BlockSize);

    private void RefuseIfShared()
    {
        if (Cache.SharesBlocks) throw new InvalidOperationException("A paged executor copies no blocks.");
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
