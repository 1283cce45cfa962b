using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language;

/// <summary>A model's graph over a <see cref="SlotCache"/>: how its inputs are made, and where logits come out.</summary>
internal abstract class LanguageGraph(OnnxSession session, GraphNames names, SlotCache cache, int vocabularySize) : IDisposable
{
    protected InferenceSession Session => session.Session;

    protected GraphNames Names { get; } = names;

    protected SlotCache Cache { get; } = cache;

    protected int VocabularySize { get; } = vocabularySize;

    protected RunOptions RunOptions { get; } = new();

    /// <summary>Longest prompt chunk of one run; logits and activations bound it.</summary>
    public abstract int MaxChunk { get; }

    /// <summary>Whether <see cref="Run"/> takes decode rows and a prompt chunk at once.</summary>
    public virtual bool Mixes => false;

    /// <summary>
    /// Runs decode rows 0 .. tokens - 1 and, with <see cref="Mixes"/> or without decode rows, one prompt chunk.
    /// </summary>
    /// <param name="tokens">One new token per decode row.</param>
    /// <param name="past">Length of each decode row's past.</param>
    /// <param name="chunk">The prompt chunk; empty row for none.</param>
    public abstract void Run(ReadOnlySpan<int> tokens, ReadOnlySpan<int> past, PromptChunk chunk);

    /// <summary>Logits of a decode row of the last run.</summary>
    public abstract Span<float> DecodeLogits(int row);

    /// <summary>Logits of the last token of the last run's prompt chunk.</summary>
    public abstract ReadOnlySpan<float> ChunkLogits();

    /// <summary>Tensors over some rows of the cache, one for each buffer, that a graph reads and writes in place. The caller disposes them.</summary>
    protected unsafe OrtValue[] CacheValues(TensorElementType type, int firstRow, int rows)
    {
        OrtValue[] values = new OrtValue[Cache.Shape.BufferCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = NativeTensor.Over(Cache.Row(i, firstRow), type, Cache.Shape.ElementBytes,
                rows, Cache.Shape.Heads, Cache.MaxLength, Cache.Shape.HeadSize);
        }
        return values;
    }

    /// <summary>Frees bindings and gives the session up, not the cache.</summary>
    public virtual void Dispose()
    {
        RunOptions.Dispose();
        session.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>Tokens of one sequence to append to a row.</summary>
internal readonly ref struct PromptChunk(int row, int past, ReadOnlySpan<int> tokens, bool needsLogits)
{
    public static PromptChunk None => new(-1, 0, [], false);

    public int Row { get; } = row;

    public int Past { get; } = past;

    public ReadOnlySpan<int> Tokens { get; } = tokens;

    public bool NeedsLogits { get; } = needsLogits;

    public bool IsEmpty => Tokens.IsEmpty;
}

/// <summary>Names of a graph's inputs and outputs; %d stands for the layer.</summary>
internal sealed record GraphNames
{
    public string InputIds { get; init; } = "input_ids";

    public string? AttentionMask { get; init; } = "attention_mask";

    public string? PositionIds { get; init; }

    public string PastKeys { get; init; } = "past_key_values.%d.key";

    public string PastValues { get; init; } = "past_key_values.%d.value";

    public string PresentKeys { get; init; } = "present.%d.key";

    public string PresentValues { get; init; } = "present.%d.value";

    public string Logits { get; init; } = "logits";

    /// <summary>Name of a cache input; buffers are keys and values of layer 0, of layer 1 and so on.</summary>
    public string Past(int buffer) => OfLayer((buffer & 1) == 0 ? PastKeys : PastValues, buffer >> 1);

    public string Present(int buffer) => OfLayer((buffer & 1) == 0 ? PresentKeys : PresentValues, buffer >> 1);

    private static string OfLayer(string pattern, int layer) => pattern.Replace("%d", $"{layer}", StringComparison.Ordinal);
}
