using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language;

/// <summary>
/// This project's own graph: lengths of rows are inputs of their own, so a decode step's binding never changes and allocates nothing, and logits are
/// computed only for the tokens asked for. With the mixed graph, decode rows and a prompt chunk share one run, which reads the weights once.
/// </summary>
internal sealed class PackedGraph : LanguageGraph
{
    private static readonly string[] Kinds = ["key", "value"];

    private readonly NativeArray<long> _ids;
    private readonly NativeArray<int> _lengths;
    private readonly NativeArray<int> _total = new(1);
    private readonly NativeArray<long> _logitRows;
    private readonly NativeArray<float> _decodeLogits;
    private readonly NativeArray<float> _chunkLogits;
    private readonly RowBinding?[] _decode;
    private readonly OrtValue[]?[] _rowValues;

    // Of the mixed graph.
    private readonly OnnxSession? _mixed;
    private readonly NativeArray<long> _split = new(2);
    private readonly NativeArray<int> _chunkLengths = new(1);
    private readonly NativeArray<int> _chunkTotal = new(1);
    private int _mixedChunkRow = -1;

    public PackedGraph(OnnxSession session, OnnxSession? mixed, SlotCache cache, int vocabularySize)
        : base(session, new GraphNames(), cache, vocabularySize)
    {
        _mixed = mixed;
        _ids = new NativeArray<long>(MaxChunk + cache.Rows);
        _lengths = new NativeArray<int>(cache.Rows);
        _logitRows = new NativeArray<long>(cache.Rows + 1);
        _decodeLogits = new NativeArray<float>((long)(cache.Rows + 1) * vocabularySize);
        _chunkLogits = new NativeArray<float>(vocabularySize);
        _decode = new RowBinding?[cache.Rows + 1];
        _rowValues = new OrtValue[]?[cache.Rows];
    }

    public override int MaxChunk => 512;

    public override bool Mixes => _mixed is not null;

    public override void Run(ReadOnlySpan<int> tokens, ReadOnlySpan<int> past, PromptChunk chunk)
    {
        _mixedChunkRow = -1;
        if (tokens.Length > 0 && !chunk.IsEmpty) Mixed(tokens, past, chunk);
        else if (tokens.Length > 0) Decode(tokens, past);
        else Prompt(chunk);
    }

    public override Span<float> DecodeLogits(int row) => _decodeLogits.Span((long)row * VocabularySize, VocabularySize);

    public override ReadOnlySpan<float> ChunkLogits() => _mixedChunkRow >= 0 ? DecodeLogits(_mixedChunkRow) : _chunkLogits.Span(0, VocabularySize);

    public override void Dispose()
    {
        foreach (RowBinding? binding in _decode) binding?.Dispose();
        foreach (OrtValue[]? values in _rowValues)
            foreach (OrtValue value in values ?? []) value.Dispose();
        base.Dispose();
        _mixed?.Dispose();
        _split.Dispose();
        _chunkLengths.Dispose();
        _chunkTotal.Dispose();
        _ids.Dispose();
        _lengths.Dispose();
        _total.Dispose();
        _logitRows.Dispose();
        _decodeLogits.Dispose();
        _chunkLogits.Dispose();
    }

    private void Decode(ReadOnlySpan<int> tokens, ReadOnlySpan<int> past)
    {
        FillRows(tokens, past);
        RowBinding binding = _decode[tokens.Length] ??= Bind(tokens.Length, 1, tokens.Length, _decodeLogits, CacheValues(TensorElementType.Float, 0, tokens.Length), ownsCache: true);
        Session.RunWithBinding(RunOptions, binding.Binding);
    }

    private void Mixed(ReadOnlySpan<int> tokens, ReadOnlySpan<int> past, PromptChunk chunk)
    {
        int rows = tokens.Length, count = chunk.Tokens.Length;
        FillRows(tokens, past);
        for (int i = 0; i < count; i++) _ids[rows + i] = chunk.Tokens[i];
        (_split[0], _split[1]) = (rows, count);
        _chunkLengths[0] = chunk.Past + count - 1;
        _chunkTotal[0] = chunk.Past + count;
        int logits = rows;
        if (chunk.NeedsLogits) _logitRows[logits++] = rows + count - 1;
        // The decode rows' values are those of the plain graph's binding: same rows, same names.
        RowBinding plain = _decode[rows] ??= Bind(rows, 1, rows, _decodeLogits, CacheValues(TensorElementType.Float, 0, rows), ownsCache: true);
        OrtValue[] row = _rowValues[chunk.Row] ??= CacheValues(TensorElementType.Float, chunk.Row, 1);
        using RowBinding binding = new(_mixed!.Session.CreateIoBinding());
        binding.Input(PackedGraphNames.InputIds, _ids.Tensor(1, rows + count));
        binding.Input(PackedGraphNames.Lengths, _lengths.Tensor(rows));
        binding.Input(PackedGraphNames.Total, _total.Tensor());
        binding.Input(PackedGraphNames.Split, _split.Tensor(2));
        binding.Input(PackedGraphNames.ChunkLengths, _chunkLengths.Tensor(1));
        binding.Input(PackedGraphNames.ChunkTotal, _chunkTotal.Tensor());
        binding.Input(PackedGraphNames.LogitRows, _logitRows.Tensor(logits));
        binding.Output(PackedGraphNames.Logits, _decodeLogits.Tensor(logits, VocabularySize));
        for (int i = 0; i < row.Length; i++)
        {
            binding.Binding.BindInput(Names.Past(i), plain.Cache[i]);
            binding.Binding.BindOutput(Names.Present(i), plain.Cache[i]);
            binding.Binding.BindInput(PackedGraphNames.ChunkPast(i >> 1, Kinds[i & 1]), row[i]);
            binding.Binding.BindOutput(PackedGraphNames.ChunkPresent(i >> 1, Kinds[i & 1]), row[i]);
        }
        _mixed.Session.RunWithBinding(RunOptions, binding.Binding);
        if (chunk.NeedsLogits) _mixedChunkRow = rows;
    }

    private void FillRows(ReadOnlySpan<int> tokens, ReadOnlySpan<int> past)
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
    }

    private void Prompt(PromptChunk chunk)
    {
        int count = chunk.Tokens.Length;
        for (int i = 0; i < count; i++) _ids[i] = chunk.Tokens[i];
        _lengths[0] = chunk.Past + count - 1;
        _total[0] = chunk.Past + count;
        _logitRows[0] = count - 1;
        OrtValue[] row = _rowValues[chunk.Row] ??= CacheValues(TensorElementType.Float, chunk.Row, 1);
        // The head is half of a small model: it runs for the last chunk only.
        using RowBinding binding = Bind(1, count, chunk.NeedsLogits ? 1 : 0, _chunkLogits, row, ownsCache: false);
        Session.RunWithBinding(RunOptions, binding.Binding);
    }

    private RowBinding Bind(int batch, int count, int logitRows, NativeArray<float> logits, OrtValue[] cache, bool ownsCache)
    {
        RowBinding made = new(Session.CreateIoBinding()) { Cache = cache };
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

    private sealed class RowBinding(OrtIoBinding binding) : IDisposable
    {
        private readonly List<OrtValue> _kept = [];

        public OrtIoBinding Binding { get; } = binding;

        public OrtValue[] Cache { get; init; } = [];

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
