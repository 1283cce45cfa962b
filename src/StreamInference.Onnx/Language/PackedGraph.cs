using Microsoft.ML.OnnxRuntime;

namespace StreamInference.Onnx.Language;

/// <summary>
/// This project's own graph: lengths of rows are inputs of their own, so a decode step's binding never changes and allocates nothing, and logits are
/// computed only for the tokens asked for.
/// </summary>
internal sealed class PackedGraph : LanguageGraph
{
    private readonly NativeArray<long> _ids;
    private readonly NativeArray<int> _lengths;
    private readonly NativeArray<int> _total = new(1);
    private readonly NativeArray<long> _logitRows;
    private readonly NativeArray<float> _decodeLogits;
    private readonly NativeArray<float> _chunkLogits;
    private readonly RowBinding?[] _decode;
    private readonly OrtValue[]?[] _rowValues;

    public PackedGraph(InferenceSession session, SlotCache cache, int vocabularySize)
        : base(session, new GraphNames(), cache, vocabularySize)
    {
        _ids = new NativeArray<long>(Math.Max(MaxChunk, cache.Rows));
        _lengths = new NativeArray<int>(cache.Rows);
        _logitRows = new NativeArray<long>(cache.Rows);
        _decodeLogits = new NativeArray<float>((long)cache.Rows * vocabularySize);
        _chunkLogits = new NativeArray<float>(vocabularySize);
        _decode = new RowBinding?[cache.Rows + 1];
        _rowValues = new OrtValue[]?[cache.Rows];
    }

    public override int MaxChunk => 512;

    public override void Run(ReadOnlySpan<int> tokens, ReadOnlySpan<int> past, PromptChunk chunk)
    {
        if (tokens.Length > 0) Decode(tokens, past);
        else Prompt(chunk);
    }

    public override Span<float> DecodeLogits(int row) => _decodeLogits.Span((long)row * VocabularySize, VocabularySize);

    public override ReadOnlySpan<float> ChunkLogits() => _chunkLogits.Span(0, VocabularySize);

    public override void Dispose()
    {
        foreach (RowBinding? binding in _decode) binding?.Dispose();
        foreach (OrtValue[]? values in _rowValues)
            foreach (OrtValue value in values ?? []) value.Dispose();
        base.Dispose();
        _ids.Dispose();
        _lengths.Dispose();
        _total.Dispose();
        _logitRows.Dispose();
        _decodeLogits.Dispose();
        _chunkLogits.Dispose();
    }

    private void Decode(ReadOnlySpan<int> tokens, ReadOnlySpan<int> past)
    {
        int longest = 0;
        for (int row = 0; row < tokens.Length; row++)
        {
            _ids[row] = tokens[row];
            _lengths[row] = past[row];
            _logitRows[row] = row;
            longest = Math.Max(longest, past[row] + 1);
        }
        _total[0] = longest;
        RowBinding binding = _decode[tokens.Length] ??= Bind(tokens.Length, 1, tokens.Length, _decodeLogits, CacheValues(0, tokens.Length), ownsCache: true);
        Session.RunWithBinding(RunOptions, binding.Binding);
    }

    private void Prompt(PromptChunk chunk)
    {
        int count = chunk.Tokens.Length;
        for (int i = 0; i < count; i++) _ids[i] = chunk.Tokens[i];
        _lengths[0] = chunk.Past + count - 1;
        _total[0] = chunk.Past + count;
        _logitRows[0] = count - 1;
        OrtValue[] row = _rowValues[chunk.Row] ??= CacheValues(chunk.Row, 1);
        // The head is half of a small model: it runs for the last chunk only.
        using RowBinding binding = Bind(1, count, chunk.NeedsLogits ? 1 : 0, _chunkLogits, row, ownsCache: false);
        Session.RunWithBinding(RunOptions, binding.Binding);
    }

    private RowBinding Bind(int batch, int count, int logitRows, NativeArray<float> logits, OrtValue[] cache, bool ownsCache)
    {
        RowBinding made = new(Session.CreateIoBinding());
        made.Input(PackedGraphNames.InputIds, _ids.Tensor(batch, count));
        made.Input(PackedGraphNames.Lengths, _lengths.Tensor(batch));
        made.Input(PackedGraphNames.Total, _total.Tensor());
        made.Input(PackedGraphNames.LogitRows, _logitRows.Tensor(logitRows));
        made.Output(PackedGraphNames.Logits, logits.Tensor(logitRows, VocabularySize));
        for (int i = 0; i < cache.Length; i++)
        {
            made.Binding.BindInput(Names.Past(i), cache[i]);
            made.Binding.BindOutput(Names.Present(i), cache[i]);
            if (ownsCache) made.Keep(cache[i]);
        }
        return made;
    }

    private unsafe OrtValue[] CacheValues(int firstRow, int rows)
    {
        OrtValue[] values = new OrtValue[Cache.Shape.BufferCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = NativeTensor.Over(Cache.Row(i, firstRow), NativeTensor.TypeOf<float>(), sizeof(float),
                rows, Cache.Shape.Heads, Cache.MaxLength, Cache.Shape.HeadSize);
        }
        return values;
    }

    private sealed class RowBinding(OrtIoBinding binding) : IDisposable
    {
        private readonly List<OrtValue> _kept = [];

        public OrtIoBinding Binding { get; } = binding;

        public void Input(string name, OrtValue value)
        {
            Keep(value);
            Binding.BindInput(name, value);
        }

        public void Output(string name, OrtValue value)
        {
            Keep(value);
            Binding.BindOutput(name, value);
        }

        public void Keep(OrtValue value) => _kept.Add(value);

        public void Dispose()
        {
            Binding.Dispose();
            foreach (OrtValue value in _kept) value.Dispose();
        }
    }
}
