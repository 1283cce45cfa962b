using System.CommandLine;
using System.Globalization;
using StreamInference.Cli.Generating;
using StreamInference.Cli.Models;
using StreamInference.Cli.Shell;
using StreamInference.Llm.Tokenization;
using StreamInference.Onnx.Language;
using StreamInference.Onnx.Language.Export;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Cli.Commands;

/// <summary><c>streaminfer models</c>: what a model is and how it runs here, and graphs from checkpoints.</summary>
internal static class ModelsCommand
{
    private const string ReportText =
        "The card was used three times within ten minutes, far from the place of the last purchase, and each amount was larger than the one before. " +
        "The analyst looked at the record, compared it with the history of the account, and wrote down what was unusual about it.";

    private static readonly Argument<string> Source = new("model") { Description = "A model folder, a .gguf file, or llama2.c's .bin." };

    private static readonly Option<string> Version = new("--model-version") { Description = "The version, where the folder has one folder for each.", DefaultValueFactory = _ => "latest", HelpName = "version" };

    private static readonly Option<string[]> Providers = new("--provider")
    {
        Description = "Execution providers of a tabular model in order of preference: tensorrt, cuda, cpu. [default: what model.yaml says]",
        HelpName = "name",
    };

    private static readonly Argument<string> Target = new("folder") { Description = "The folder to write; it is created." };

    private static readonly Option<WeightPrecision> Precision = new("--precision")
    {
        Description = "How matrices are stored; stored keeps the checkpoint's own blocks.",
        DefaultValueFactory = _ => WeightPrecision.Stored,
    };

    private static readonly Option<int?> ExportLength = new("--max-length") { Description = "Longest sequence the graph can take. [default: the model's own, at most 8192]", HelpName = "tokens" };

    private static readonly Option<bool> Exact = new("--exact") { Description = "Do not round activations to 8 bits in products with 4-bit matrices." };

    private static readonly Option<bool> Report = new("--report") { Description = "Compare with the checkpoint in float32: logits, most likely tokens, perplexity." };

    public static Command Create(CliContext context) => new("models", "Looks into models and makes graphs from checkpoints.")
    {
        CreateInspect(context),
        CreateExport(context),
    };

    private static ExampleCommand CreateInspect(CliContext context)
    {
        ExampleCommand command = new(
            "inspect",
            "Loads a model and shows what it is: features, outputs, provider and row independence of a tabular model; architecture, precision and memory of a language model.",
            ("streaminfer models inspect models/fraud", "the latest version of a tabular model"),
            ("streaminfer models inspect models/fraud --model-version 1 --provider cpu", "one version, on the CPU"),
            ("streaminfer models inspect models/assistant", "a language model's folder"),
            ("streaminfer models inspect model.gguf --kv-cache-mib 512", "what fits into half a gibibyte"))
        {
            Source, Version, Providers,
        };
        ModelOptions.AddTo(command);
        command.SetAction(parsed => Guard(context, () => Inspect(context, parsed)));
        return command;
    }

    private static ExampleCommand CreateExport(CliContext context)
    {
        ExampleCommand command = new(
            "export",
            "Writes a graph from a Llama-family checkpoint: safetensors with config.json, GGUF, or llama2.c.",
            ("streaminfer models export checkpoints/llama models/llama --precision int4 --report", "4-bit weights, and what they cost"),
            ("streaminfer models export model.gguf models/assistant", "the file's own blocks, not rounded again"))
        {
            Source, Target, Precision, ExportLength, Exact, Report,
        };
        command.SetAction(parsed => Guard(context, () => Export(context, parsed)));
        return command;
    }

    private static int Guard(CliContext context, Action action)
    {
        try
        {
            action();
            return ExitCodes.Ok;
        }
        catch (Exception e) when (e is ModelLoadException or TokenizerFormatException or IOException)
        {
            context.Error.WriteLine(e.Message);
            return ExitCodes.Failure;
        }
    }

    private static void Inspect(CliContext context, ParseResult parsed)
    {
        string source = parsed.GetRequiredValue(Source);
        if (TabularReport.Describes(source))
            TabularReport.Write(context.Out, source, parsed.GetRequiredValue(Version), parsed.GetValue(Providers) ?? []);
        else
            InspectLanguage(context, parsed);
    }

    private static void InspectLanguage(CliContext context, ParseResult parsed)
    {
        using LanguageModel model = LanguageModelLoader.Load(parsed.GetRequiredValue(Source), ModelOptions.Read(parsed, maxSequences: 8));
        LanguageModelDescription d = model.Description;
        long tokens = (long)d.Cache.BlockCount * d.Cache.BlockSize;
        (string Name, string Value)[] lines =
        [
            ("name", d.Name),
            ("architecture", $"{d.Architecture}, {d.GraphKind} graph, {d.Precision} weights"),
            ("layers", $"{d.KvShape.Layers}, {d.KvShape.Heads} key/value heads of {d.KvShape.HeadSize}"),
            ("vocabulary", $"{d.VocabularySize} (tokenizer {model.Tokenizer.VocabularySize})"),
            ("context", $"{d.ContextLength} tokens, {d.MaxSequenceLength} served"),
            ("chat template", model.ChatTemplate is null ? "none" : "yes"),
            ("weights", d.WeightCopies == 1 ? Size(d.WeightBytes) : $"{Size(d.WeightBytes)}, {d.WeightCopies} copies: one more for steps that mix decoding and prompts"),
            ("kv per token", Size(d.KvShape.BytesPerToken)),
            ("kv per sequence", Size(d.BytesPerSlot)),
            ("kv cache", $"{Size(d.KvCacheBytes)}: {d.Cache.BlockCount} blocks of {d.Cache.BlockSize} tokens"),
            ("fits", $"{d.Cache.MaxSequences} sequences at once, {tokens} tokens, {tokens / d.MaxSequenceLength} sequences at their longest"),
            ("memory", $"{Size(d.MemoryBytes)} when the cache is full, besides activations"),
        ];
        foreach ((string name, string value) in lines) context.Out.WriteLine($"{name,-16}{value}");
        foreach (string warning in d.Warnings) context.Out.WriteLine($"{"warning",-16}{warning}");
    }

    private static void Export(CliContext context, ParseResult parsed)
    {
        string source = parsed.GetRequiredValue(Source), target = parsed.GetRequiredValue(Target);
        LanguageModelExportOptions options = new()
        {
            Precision = parsed.GetValue(Precision),
            MaxSequenceLength = parsed.GetValue(ExportLength),
            ExactActivations = parsed.GetValue(Exact),
        };
        LanguageModelExporter.Export(source, target, options);
        context.Out.WriteLine($"{target}: {Size(Directory.GetFiles(target).Sum(file => new FileInfo(file).Length))}");
        if (parsed.GetValue(Report)) Compare(context, source, target, options);
    }

    private static void Compare(CliContext context, string source, string target, LanguageModelExportOptions options)
    {
        DirectoryInfo reference = Directory.CreateTempSubdirectory("streaminfer-");
        try
        {
            LanguageModelExporter.Export(source, reference.FullName, options with { Precision = WeightPrecision.Float32 });
            LanguageModelOptions load = new() { MaxSequences = 1, Threads = Environment.ProcessorCount };
            using LanguageModel ours = LanguageModelLoader.Load(target, load), float32 = LanguageModelLoader.Load(reference.FullName, load);
            ExportReport report = ExportReport.Compare(ours, float32, ours.Tokenizer.Encode(ReportText, addSpecialTokens: true));
            context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"over {report.Tokens} tokens: largest logit difference {report.LargestLogitDifference:0.####}, same most likely token {report.TopAgreement:P1}, perplexity {report.Perplexity:0.###} (float32 {report.ReferencePerplexity:0.###})"));
        }
        finally
        {
            reference.Delete(recursive: true);
        }
    }

    private static string Size(long bytes) => bytes switch
    {
        >= 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):0.00} GiB"),
        >= 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
    };
}
