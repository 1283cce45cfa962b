using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language;

/// <summary>
/// A graph with GroupQueryAttention as the GenAI model builder writes it: past and present are one buffer, written in place, and the row's length
/// is the sum of its attention mask. Rows of different lengths decode in one run; a prompt chunk with a past runs alone (the operator takes
/// only batch 1 there).
/// </summary>
internal sealed unsafe class SharedBufferGraph : LanguageGraph
{
    private const int MaskStep = 64;
    private const long LogitsBudget = 32L << 20;

    private readonly TensorElementType _kvType;
    private readonly NativeArray<long> _ids;
    private readonly NativeArray<long> _mask;
    private readonly NativeArray<long> _positions;
    private readonly NativeArray<float> _decodeLogits;
    private readonly NativeArray<float> _chunkLogits;
    private readonly DecodeBinding?[] _decode;
    private readonly OrtValue[]?[] _rowValues;
    private int _chunkLength;

    public SharedBufferGraph(OnnxSession session, GraphNames names, SlotCache cache, TensorElementType kvType, int vocabularySize)
        : base(session, names, cache, vocabularySize)
    {
        _kvType = kvType;
        MaxChunk = (int)Math.Clamp(LogitsBudget / (vocabularySize * sizeof(float)), 16, 512);
        int most = Math.Max(MaxChunk, cache.Rows);
        _ids = new NativeArray<long>(most);
        _positions = new NativeArray<long>(most);
        _mask = new NativeArray<long>((long)cache.Rows * MaskWidth(cache.MaxLength));
        _decodeLogits = new NativeArray<float>((long)cache.Rows * vocabularySize);
        _chunkLogits = new NativeArray<float>((long)MaxChunk * vocabularySize);
        _decode = new DecodeBinding?[cache.Rows + 1];
        _rowValues = new OrtValue[]?[cache.Rows];
    }

    public override int MaxChunk { get; }

    public override void Run(ReadOnlySpan<int> tokens, ReadOnlySpan<int> past, PromptChunk chunk)
    {
        if (tokens.Length > 0) Decode(tokens, past);
        else Prompt(chunk);
    }

    public override Span<float> DecodeLogits(int row) => _decodeLogits.Span((long)row * VocabularySize, VocabularySize);

    public override ReadOnlySpan<float> ChunkLogits() => _chunkLogits.Span((long)(_chunkLength - 1) * VocabularySize, VocabularySize);

    public override void Dispose()
    {
        foreach (DecodeBinding? binding in _decode) binding?.Dispose();
        foreach (OrtValue[]? values in _rowValues)
            foreach (OrtValue value in values ?? []) value.Dispose();
        base.Dispose();
        _ids.Dispose();
        _positions.Dispose();
        _mask.Dispose();
        _decodeLogits.Dispose();
        _chunkLogits.Dispose();
    }

    private static int MaskWidth(int length) => (length + MaskStep - 1) / MaskStep * MaskStep;

    private void Decode(ReadOnlySpan<int> tokens, ReadOnlySpan<int> past)
    {
        int rows = tokens.Length, longest = 0;
        foreach (int length in past) longest = Math.Max(longest, length + 1);
        // The mask's width changes once in a while, not with every token: the binding stays as it is.
        int width = Math.Min(MaskWidth(longest), Cache.MaxLength);
        for (int row = 0; row < rows; row++)
        {
            _ids[row] = tokens[row];
            _positions[row] = past[row];
            Span<long> mask = _mask.Span((long)row * width, width);
            mask[..(past[row] + 1)].Fill(1);
            mask[(past[row] + 1)..].Clear();
        }
        DecodeBinding binding = _decode[rows] ??= BindDecode(rows);
        binding.UseMask(width, Names.AttentionMask, _mask);
        Session.RunWithBinding(RunOptions, binding.Binding);
    }

    private void Prompt(PromptChunk chunk)
    {
        int count = chunk.Tokens.Length, total = chunk.Past + count;
        _chunkLength = count;
        for (int i = 0; i < count; i++)
        {
            _ids[i] = chunk.Tokens[i];
            _positions[i] = chunk.Past + i;
        }
        _mask.Span(0, total).Fill(1);
        using OrtIoBinding binding = Session.CreateIoBinding();
        using OrtValue ids = _ids.Tensor(1, count), mask = _mask.Tensor(1, total), positions = _positions.Tensor(1, count);
        using OrtValue logits = _chunkLogits.Tensor(1, count, VocabularySize);
        binding.BindInput(Names.InputIds, ids);
        if (Names.AttentionMask is { } maskName) binding.BindInput(maskName, mask);
        if (Names.PositionIds is { } positionName) binding.BindInput(positionName, positions);
        binding.BindOutput(Names.Logits, logits);
        BindCache(binding, _rowValues[chunk.Row] ??= CacheValues(_kvType, chunk.Row, 1));
        Session.RunWithBinding(RunOptions, binding);
    }

    private DecodeBinding BindDecode(int rows)
    {
        DecodeBinding made = new(Session.CreateIoBinding(), rows);
        made.Binding.BindInput(Names.InputIds, made.Keep(_ids.Tensor(rows, 1)));
        if (Names.PositionIds is { } positionName) made.Binding.BindInput(positionName, made.Keep(_positions.Tensor(rows, 1)));
        made.Binding.BindOutput(Names.Logits, made.Keep(_decodeLogits.Tensor(rows, 1, VocabularySize)));
        OrtValue[] values = CacheValues(_kvType, 0, rows);
        foreach (OrtValue value in values) made.Keep(value);
        BindCache(made.Binding, values);
        return made;
    }

    private void BindCache(OrtIoBinding binding, OrtValue[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            binding.BindInput(Names.Past(i), values[i]);
            binding.BindOutput(Names.Present(i), values[i]);
        }
    }

    private sealed class DecodeBinding(OrtIoBinding binding, int rows) : IDisposable
    {
        private readonly List<OrtValue> _kept = [];
        private OrtValue? _mask;
        private int _width;

        public OrtIoBinding Binding { get; } = binding;

        public OrtValue Keep(OrtValue value)
        {
            _kept.Add(value);
            return value;
        }

        public void UseMask(int width, string? name, NativeArray<long> mask)
        {
            if (name is null || _width == width) return;
            OrtValue made = mask.Tensor(rows, width);
            Binding.BindInput(name, made);
            _mask?.Dispose();
            (_mask, _width) = (made, width);
        }

        public void Dispose()
        {
            Binding.Dispose();
            _mask?.Dispose();
            foreach (OrtValue value in _kept) value.Dispose();
        }
    }
}
