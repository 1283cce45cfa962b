namespace StreamInference.Llm.Execution;

/// <summary>
/// Input of one step: packed tokens and, per sequence, past length, new token count and block table. One object is reused for every step; an
/// executor must not keep it past <see cref="IModelExecutor.Execute"/>.
/// </summary>
public sealed class StepBatch
{
    private int[] _tokens = new int[256];
    private int[] _tables = new int[256];
    private SequenceSlice[] _slices = new SequenceSlice[16];
    private int _tokenCount;
    private int _tableCount;
    private int _sliceCount;

    /// <summary>All new tokens, sequence after sequence.</summary>
    public ReadOnlySpan<int> TokenIds => _tokens.AsSpan(0, _tokenCount);

    /// <summary>The sequences, those with one new token first.</summary>
    public ReadOnlySpan<SequenceSlice> Sequences => _slices.AsSpan(0, _sliceCount);

    /// <summary>New tokens of one sequence.</summary>
    public ReadOnlySpan<int> TokensOf(in SequenceSlice slice) => _tokens.AsSpan(slice.TokenOffset, slice.NewCount);

    /// <summary>Block ids of one sequence, in order of position.</summary>
    public ReadOnlySpan<int> BlockTable(in SequenceSlice slice) => _tables.AsSpan(slice.BlockTableOffset, slice.BlockCount);

    /// <summary>Empties the batch, keeping its memory.</summary>
    public void Clear() => _tokenCount = _tableCount = _sliceCount = 0;

    /// <summary>Appends one sequence.</summary>
    public void Add(int slot, int pastLength, ReadOnlySpan<int> newTokens, ReadOnlySpan<int> blockTable, bool needsLogits)
    {
        Reserve(ref _tokens, _tokenCount + newTokens.Length);
        Reserve(ref _tables, _tableCount + blockTable.Length);
        Reserve(ref _slices, _sliceCount + 1);
        newTokens.CopyTo(_tokens.AsSpan(_tokenCount));
        blockTable.CopyTo(_tables.AsSpan(_tableCount));
        _slices[_sliceCount++] = new SequenceSlice(
            slot, _tokenCount, pastLength, newTokens.Length, _tableCount, blockTable.Length, needsLogits);
        _tokenCount += newTokens.Length;
        _tableCount += blockTable.Length;
    }

    private static void Reserve<T>(ref T[] array, int length)
    {
        if (length > array.Length) Array.Resize(ref array, Math.Max(length, array.Length * 2));
    }
}
