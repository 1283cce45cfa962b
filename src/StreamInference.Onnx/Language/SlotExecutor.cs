using Microsoft.ML.OnnxRuntime;
using StreamInference.Llm.Execution;

namespace StreamInference.Onnx.Language;

/// <summary>
/// Runs a decoder graph on the processor with KV memory in slots. A slot is a row of a <see cref="SlotCache"/>; rows are moved so that those that
/// decode are the first ones and one run takes them all, whatever joined or left.
/// </summary>
internal sealed class SlotExecutor : IModelExecutor
{
    private readonly LanguageGraph _graph;
    private readonly SlotCache _cache;

    // Which row holds a slot and back; lengths of slots, for the cost of moving them.
    private readonly int[] _rowOf;
    private readonly int[] _slotOf;
    private readonly int[] _length;

    // Of the last step.
    private readonly int[] _tokens;
    private readonly int[] _past;
    private readonly int[] _decodeRowOf;
    private readonly float[]?[] _chunkLogits;
    private bool _disposed;

    public SlotExecutor(ModelProfile profile, KvCacheLayout layout, LanguageGraph graph, SlotCache cache)
    {
        (Profile, Cache, _graph, _cache) = (profile, layout, graph, cache);
        int slots = layout.MaxSequences;
        _rowOf = [.. Enumerable.Range(0, slots)];
        _slotOf = [.. Enumerable.Range(0, slots)];
        _length = new int[slots];
        _tokens = new int[slots];
        _past = new int[slots];
        _decodeRowOf = new int[slots];
        _chunkLogits = new float[]?[slots];
    }

    public ModelProfile Profile { get; }

    public KvCacheLayout Cache { get; }

    public ExecutionResult Execute(StepBatch batch)
    {
        try
        {
            int decodes = ArrangeDecodeRows(batch);
            RunAll(batch, decodes);
            return ExecutionResult.Completed;
        }
        catch (OnnxRuntimeException e)
        {
            return new ExecutionResult(ExecutionOutcome.Failed, e.Message);
        }
    }

    public Span<float> Logits(int sequenceIndex)
    {
        int row = _decodeRowOf[sequenceIndex];
        return row >= 0 ? _graph.DecodeLogits(row) : _chunkLogits[sequenceIndex];
    }

    public void SaveBlock(int slot, int firstPosition, int block) => _cache.SaveBlock(_rowOf[slot], firstPosition, block);

    public void LoadBlock(int block, int slot, int firstPosition)
    {
        _cache.LoadBlock(block, _rowOf[slot], firstPosition);
        _length[slot] = firstPosition + _cache.BlockSize;
    }

    public void ReleaseSlot(int slot)
    {
        _cache.ReleaseRow(_rowOf[slot], _length[slot]);
        _length[slot] = 0;
    }

    public void ReleaseBlock(int block) => _cache.ReleaseBlock(block);

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _graph.Dispose();
        _cache.Dispose();
    }

    private int ArrangeDecodeRows(StepBatch batch)
    {
        int decodes = 0;
        foreach (SequenceSlice slice in batch.Sequences)
            if (IsDecode(slice)) decodes++;
        int hole = 0;
        foreach (SequenceSlice slice in batch.Sequences)
        {
            if (!IsDecode(slice) || _rowOf[slice.Slot] < decodes) continue;
            while (DecodesInRow(batch, hole)) hole++;
            Move(slice.Slot, hole++);
        }
        return decodes;
    }

    // A first token alone has no past to attend to, and its logits are as good from a decode row.
    private static bool IsDecode(in SequenceSlice slice) => slice.NewCount == 1;

    private bool DecodesInRow(StepBatch batch, int row)
    {
        int slot = _slotOf[row];
        foreach (SequenceSlice slice in batch.Sequences)
            if (slice.Slot == slot && IsDecode(slice)) return true;
        return false;
    }

    private void Move(int slot, int row)
    {
        int from = _rowOf[slot], other = _slotOf[row];
        if (_length[other] == 0)
        {
            _cache.CopyRow(from, row, _length[slot]);
            _cache.ReleaseRow(from, _length[slot]);
        }
        else _cache.SwapRows(from, row, Math.Max(_length[slot], _length[other]));
        (_rowOf[slot], _rowOf[other]) = (row, from);
        (_slotOf[row], _slotOf[from]) = (slot, other);
    }

    private void RunAll(StepBatch batch, int decodes)
    {
        ReadOnlySpan<SequenceSlice> slices = batch.Sequences;
        bool decoded = decodes == 0;
        for (int i = 0; i < slices.Length; i++)
        {
            SequenceSlice slice = slices[i];
            _decodeRowOf[i] = -1;
            if (!IsDecode(slice)) continue;
            int row = _rowOf[slice.Slot];
            _decodeRowOf[i] = row;
            _tokens[row] = batch.TokensOf(slice)[0];
            _past[row] = slice.PastLength;
        }
        if (!decoded && !_graph.Mixes)
        {
            _graph.Run(_tokens.AsSpan(0, decodes), _past.AsSpan(0, decodes), PromptChunk.None);
            decoded = true;
        }
        for (int i = 0; i < slices.Length; i++)
            if (!IsDecode(slices[i])) RunChunks(batch, i, decodes, ref decoded);
        if (!decoded) _graph.Run(_tokens.AsSpan(0, decodes), _past.AsSpan(0, decodes), PromptChunk.None);
        foreach (SequenceSlice slice in slices) _length[slice.Slot] = slice.PastLength + slice.NewCount;
    }

    private void RunChunks(StepBatch batch, int index, int decodes, ref bool decoded)
    {
        SequenceSlice slice = batch.Sequences[index];
        ReadOnlySpan<int> tokens = batch.TokensOf(slice);
        for (int at = 0; at < tokens.Length; at += _graph.MaxChunk)
        {
            int count = Math.Min(_graph.MaxChunk, tokens.Length - at);
            bool last = at + count == tokens.Length;
            PromptChunk chunk = new(_rowOf[slice.Slot], slice.PastLength + at, tokens.Slice(at, count), last && slice.NeedsLogits);
            int rows = decoded ? 0 : decodes;
            _graph.Run(_tokens.AsSpan(0, rows), _past.AsSpan(0, rows), chunk);
            decoded = true;
        }
        if (!slice.NeedsLogits) return;
        // A second chunk of this step would overwrite the graph's buffer.
        float[] logits = _chunkLogits[index] ??= new float[Profile.VocabularySize];
        _graph.ChunkLogits().CopyTo(logits);
    }
}
