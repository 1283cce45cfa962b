namespace StreamInference.Llm.Tokenization.Decoders;

/// <summary>A chain of decoder stages for one text.</summary>
internal sealed class DecoderChain
{
    private const byte StateVersion = 1;
    private readonly DecoderStage[] _stages;
    private readonly TextCollector _collector = new();

    public DecoderChain(IEnumerable<DecoderStage> stages)
    {
        _stages = [.. stages];
        for (int i = 0; i < _stages.Length; i++)
            _stages[i].ContinueWith(i + 1 < _stages.Length ? _stages[i + 1] : _collector);
    }

    public void Push(ReadOnlySpan<char> token) => (_stages.Length > 0 ? _stages[0] : _collector).Push(token);

    public void Flush() => (_stages.Length > 0 ? _stages[0] : _collector).Flush();

    public string Take() => _collector.Take();

    public void Save(BinaryWriter state)
    {
        state.Write(StateVersion);
        state.Write((byte)_stages.Length);
        foreach (var stage in _stages)
            stage.Save(state);
    }

    /// <exception cref="InvalidDataException">The state is of another version or another tokenizer.</exception>
    /// <exception cref="EndOfStreamException">The state is cut short.</exception>
    public void Restore(BinaryReader state)
    {
        if (state.ReadByte() != StateVersion || state.ReadByte() != _stages.Length)
            throw new InvalidDataException("The detokenizer state is of another version or another tokenizer.");
        foreach (var stage in _stages)
            stage.Restore(state);
    }
}
