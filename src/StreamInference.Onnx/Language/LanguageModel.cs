using StreamInference.Llm.ChatTemplates;
using StreamInference.Llm.Execution;
using StreamInference.Llm.Tokenization;

namespace StreamInference.Onnx.Language;

/// <summary>A loaded language model: executor, tokenizer, and what was learned of it.</summary>
public sealed class LanguageModel : IDisposable
{
    internal LanguageModel(IModelExecutor executor, LanguageTokenizer tokenizer, ChatTemplate? template, LanguageModelDescription description)
        => (Executor, Tokenizer, ChatTemplate, Description) = (executor, tokenizer, template, description);

    /// <summary>Runs the model. Hand it to an engine, which then owns it; otherwise <see cref="Dispose"/> frees it.</summary>
    public IModelExecutor Executor { get; }

    /// <summary>The tokenizer beside the model.</summary>
    public LanguageTokenizer Tokenizer { get; }

    /// <summary>The model's chat template; null for a base model, and (with a warning) where the template cannot be used.</summary>
    public ChatTemplate? ChatTemplate { get; }

    /// <summary>What the model is and what memory it takes.</summary>
    public LanguageModelDescription Description { get; }

    /// <inheritdoc/>
    public void Dispose() => Executor.Dispose();
}

/// <summary>What a language model is and what memory it takes.</summary>
public sealed record LanguageModelDescription
{
    /// <summary>Name for logs and results.</summary>
    public required string Name { get; init; }

    /// <summary>Folder it was loaded from.</summary>
    public required string Folder { get; init; }

    /// <summary>Family, as the model's configuration names it (llama, qwen3, mistral ...).</summary>
    public required string Architecture { get; init; }

    /// <summary>How the graph takes its cache: shared-buffer, concat, packed, or packed with mixed steps.</summary>
    public required string GraphKind { get; init; }

    /// <summary>Where most weights are: fp32, fp16, int8, int4.</summary>
    public required string Precision { get; init; }

    /// <summary>Longest sequence that the model was made for.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Tokens known to the model.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Shape of keys and values.</summary>
    public required KvShape KvShape { get; init; }

    /// <summary>KV cache as it was laid out.</summary>
    public required KvCacheLayout Cache { get; init; }

    /// <summary>Longest sequence that is served.</summary>
    public required int MaxSequenceLength { get; init; }

    /// <summary>Bytes of the files that hold weights.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>How often they are in memory: twice where a second session runs mixed steps.</summary>
    public int WeightCopies { get; init; } = 1;

    /// <summary>Keys and values of one sequence at its longest.</summary>
    public long BytesPerSlot => KvShape.BytesPerToken * MaxSequenceLength;

    /// <summary>Most that keys and values, running and cached, take.</summary>
    public long KvCacheBytes => Cache.BlockCount * Cache.BytesPerBlock;

    /// <summary>Weights, and keys and values when all are in use; activations come on top.</summary>
    public long MemoryBytes => WeightCopies * WeightBytes + KvCacheBytes;

    /// <summary>What loads but is doubtful.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
