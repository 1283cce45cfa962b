using StreamInference.Llm.Execution;

namespace StreamInference.Onnx.Language;

/// <summary>How much KV memory there is and what it holds: stated before a byte of it is used.</summary>
internal static class KvPlan
{
    private const int DefaultMaxLength = 4096;

    public static KvCacheLayout Layout(KvShape shape, LanguageModelOptions options, int context, out int maxLength, List<string> faults)
    {
        maxLength = options.MaxSequenceLength ?? Math.Min(context, DefaultMaxLength);
        if (options.MaxSequences < 1) faults.Add($"{nameof(options.MaxSequences)} must be at least 1, it is {options.MaxSequences}");
        if (options.BlockSize < 1) faults.Add($"{nameof(options.BlockSize)} must be at least 1, it is {options.BlockSize}");
        if (maxLength < 2 || maxLength > context)
            faults.Add($"{nameof(options.MaxSequenceLength)} must be 2 to the model's {context}, it is {maxLength}");
        if (faults.Count > 0) return new KvCacheLayout { BlockSize = 1, BlockCount = 1, MaxSequences = 1 };
        long blockBytes = shape.BytesPerToken * options.BlockSize;
        int perSequence = (maxLength + options.BlockSize - 1) / options.BlockSize;
        long all = (long)perSequence * options.MaxSequences;
        long blocks = options.KvCacheBytes is { } bytes ? bytes / blockBytes : all + all / 4;
        if (blocks < 1) faults.Add($"{nameof(options.KvCacheBytes)} is {options.KvCacheBytes}; one block of {options.BlockSize} tokens takes {blockBytes} bytes");
        return new KvCacheLayout
        {
            BlockSize = options.BlockSize,
            BlockCount = (int)Math.Clamp(blocks, 1, int.MaxValue),
            MaxSequences = options.MaxSequences,
            BytesPerBlock = blockBytes,
        };
    }
}
