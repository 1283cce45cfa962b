using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language;

/// <summary>
/// A graph without GroupQueryAttention, as Optimum and transformers export it: present is past with the new tokens behind it. Rows are gathered
/// into one past, aligned at their ends behind masked padding, with their own position ids; the new column goes back to each row.
/// </summary>
internal sealed unsafe class ConcatGraph : LanguageGraph
{
    private const long LogitsBudget = 32L << 20;

    private readonly TensorElementType _kvType;
    private readonly NativeArray<long> _ids;
    private readonly NativeArray<long> _mask;
    private readonly NativeArray<long> _positions;
    private readonly NativeArray<float> _decodeLogits;
    private readonly NativeArray<float> _chunkLogits;
    private readonly NativeArray<byte>[] _past;
    private readonly NativeArray<byte>[] _present;
    private int _chunkLength;

    public ConcatGraph(OnnxSession session, GraphNames names, SlotCache cache, TensorElementType kvType, int vocabularySize)
        : base(session, names, cache, vocabularySize)
    {
        _kvType = kvType;
        MaxChunk = (int)Math.Clamp(LogitsBudget / (vocabularySize * sizeof(float)), 16, 512);
        int most = Math.Max(MaxChunk, cache.Rows);
        _ids = new NativeArray<long>(most);
        _positions = new NativeArray<long>(most);
        _mask = new NativeArray<long>((long)cache.Rows * cache.MaxLength);
        _decodeLogits = new NativeArray<float>((long)cache.Rows * vocabularySize);
        _chunkLogits = new NativeArray<float>((long)MaxChunk * vocabularySize);
        long bytes = cache.RowStride * cache.Rows;
        _past = [.. Enumerable.Range(0, cache.Shape.BufferCount).Select(_ => new NativeArray<byte>(bytes))];
        _present = [.. Enumerable.Range(0, cache.Shape.BufferCount).Select(_ => new NativeArray<byte>(bytes))];
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
        base.Dispose();
        foreach (NativeArray<byte> array in _past.Concat(_present)) array.Dispose();
        _ids.Dispose();
        _positions.Dispose();
        _mask.Dispose();
        _decodeLogits.Dispose();
        _chunkLogits.Dispose();
    }

    private void Decode(ReadOnlySpan<int> tokens, ReadOnlySpan<int> past)
    {
        int rows = tokens.Length, longest = 0;
        foreach (int length in past) longest = Math.Max(longest, length);
        int total = longest + 1;
        for (int row = 0; row < rows; row++)
        {
            _ids[row] = tokens[row];
            _positions[row] = past[row];
            Span<long> mask = _mask.Span((long)row * total, total);
            mask[..(longest - past[row])].Clear();
            mask[(longest - past[row])..].Fill(1);
            Gather(row, row, past[row], longest);
        }
        Execute(rows, 1, longest, _decodeLogits);
        for (int row = 0; row < rows; row++) Scatter(row, row, past[row], 1, total);
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
        Gather(0, chunk.Row, chunk.Past, chunk.Past);
        Execute(1, count, chunk.Past, _chunkLogits);
        Scatter(0, chunk.Row, chunk.Past, count, total);
    }

    private void Execute(int rows, int count, int past, NativeArray<float> logits)
    {
        List<OrtValue> values = [];
        OrtValue Keep(OrtValue value)
        {
            values.Add(value);
            return value;
        }

        using OrtIoBinding binding = Session.CreateIoBinding();
        try
        {
            binding.BindInput(Names.InputIds, Keep(_ids.Tensor(rows, count)));
            if (Names.AttentionMask is { } maskName) binding.BindInput(maskName, Keep(_mask.Tensor(rows, past + count)));
            if (Names.PositionIds is { } positionName) binding.BindInput(positionName, Keep(_positions.Tensor(rows, count)));
            binding.BindOutput(Names.Logits, Keep(logits.Tensor(rows, count, VocabularySize)));
            for (int i = 0; i < _past.Length; i++)
            {
                binding.BindInput(Names.Past(i), Keep(CacheTensor(_past[i], rows, past)));
                binding.BindOutput(Names.Present(i), Keep(CacheTensor(_present[i], rows, past + count)));
            }
            Session.RunWithBinding(RunOptions, binding);
        }
        finally
        {
            foreach (OrtValue value in values) value.Dispose();
        }
    }

    private OrtValue CacheTensor(NativeArray<byte> array, int rows, int length)
        => NativeTensor.Over(array.Pointer, _kvType, Cache.Shape.ElementBytes, rows, Cache.Shape.Heads, length, Cache.Shape.HeadSize);

    /// <summary>Copies a row's past to the end of its part of a past of the given width; the padding before it is zero.</summary>
    private void Gather(int index, int row, int past, int width)
    {
        int headBytes = Cache.Shape.HeadBytes;
        for (int buffer = 0; buffer < _past.Length; buffer++)
        {
            for (int head = 0; head < Cache.Shape.Heads; head++)
            {
                byte* target = _past[buffer].Pointer + ((long)index * Cache.Shape.Heads + head) * width * headBytes;
                long padding = (long)(width - past) * headBytes;
                new Span<byte>(target, (int)padding).Clear();
                Buffer.MemoryCopy(Cache.Cell(buffer, row, head, 0), target + padding, (long)past * headBytes, (long)past * headBytes);
            }
        }
    }

    /// <summary>Copies the last columns of a present back to the row.</summary>
    private void Scatter(int index, int row, int past, int count, int width)
    {
        int headBytes = Cache.Shape.HeadBytes;
        for (int buffer = 0; buffer < _present.Length; buffer++)
        {
            for (int head = 0; head < Cache.Shape.Heads; head++)
            {
                byte* source = _present[buffer].Pointer + (((long)index * Cache.Shape.Heads + head) * width + width - count) * headBytes;
                Buffer.MemoryCopy(source, Cache.Cell(buffer, row, head, past), (long)count * headBytes, (long)count * headBytes);
            }
        }
    }
}
