using System.CommandLine;
using StreamInference.Onnx.Language;

namespace StreamInference.Cli.Generating;

/// <summary>Options of every command that loads a language model.</summary>
internal static class ModelOptions
{
    private static readonly Option<int> Threads = new("--threads") { Description = "Threads inside one operator.", DefaultValueFactory = _ => Environment.ProcessorCount, HelpName = "n" };

    private static readonly Option<int?> MaxLength = new("--max-model-len") { Description = "Longest sequence, prompt and answer. [default: the model's own, at most 4096]", HelpName = "tokens" };

    private static readonly Option<int?> MaxSequences = new("--max-num-seqs") { Description = "Sequences at once.", HelpName = "n" };

    private static readonly Option<long?> CacheMebibytes = new("--kv-cache-mib") { Description = "Memory for keys and values. [default: every sequence at its longest]", HelpName = "mib" };

    private static readonly Option<bool> Exact = new("--exact")
    {
        Description = "For checkpoints with 4-bit weights: do not round activations to 8 bits; slower, and equal to the weights as stored.",
    };

    public static void AddTo(Command command)
    {
        foreach (Option option in new Option[] { Threads, MaxLength, MaxSequences, CacheMebibytes, Exact }) command.Options.Add(option);
    }

    public static LanguageModelOptions Read(ParseResult parsed, int maxSequences) => new()
    {
        Threads = parsed.GetValue(Threads),
        MaxSequenceLength = parsed.GetValue(MaxLength),
        MaxSequences = parsed.GetValue(MaxSequences) ?? maxSequences,
        KvCacheBytes = parsed.GetValue(CacheMebibytes) is { } mebibytes ? mebibytes << 20 : null,
        ExactActivations = parsed.GetValue(Exact),
    };
}
