using System.CommandLine;
using StreamInference.Cli.Generating;
using StreamInference.Cli.Shell;
using StreamInference.Llm.Engine;
using StreamInference.Llm.Sampling;
using StreamInference.Llm.Tokenization;
using StreamInference.Onnx.Language;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Cli.Commands;

/// <summary><c>streaminfer generate</c>: a language model answers on the terminal, without Kafka.</summary>
internal static class GenerateCommand
{
    private static readonly Option<string> Model = new("--model", "-m")
    {
        Description = "A model folder (GenAI, Optimum, own export, safetensors) or a .gguf file.",
        Required = true,
        HelpName = "path",
    };

    private static readonly Option<string?> Prompt = new("--prompt", "-p") { Description = "The prompt. [default: each line of standard input, as a conversation]" };

    private static readonly Option<string?> System = new("--system") { Description = "A system message before the conversation." };

    private static readonly Option<bool> Raw = new("--raw") { Description = "Go on from the text as it is, without the model's chat template." };

    private static readonly Option<int?> MaxTokens = new("--max-tokens") { Description = "Output tokens at most.", HelpName = "n" };

    private static readonly Option<float> Temperature = new("--temperature", "-t") { Description = "0 takes the most likely token.", DefaultValueFactory = _ => 0 };

    private static readonly Option<int> TopK = new("--top-k") { Description = "Only the k most likely tokens; 0 for all.", DefaultValueFactory = _ => 0 };

    private static readonly Option<float> TopP = new("--top-p") { Description = "Only the likeliest tokens up to this probability.", DefaultValueFactory = _ => 1 };

    private static readonly Option<float> MinP = new("--min-p") { Description = "Only tokens at least this fraction as likely as the likeliest.", DefaultValueFactory = _ => 0 };

    private static readonly Option<float> RepetitionPenalty = new("--repetition-penalty") { Description = "Above 1: repeats are less likely.", DefaultValueFactory = _ => 1 };

    private static readonly Option<ulong> Seed = new("--seed") { Description = "Same seed, same answer.", DefaultValueFactory = _ => 1 };

    private static readonly Option<string[]> Stop = new("--stop") { Description = "A text that ends the answer; may be given more than once." };

    private static readonly Option<bool> Stats = new("--stats") { Description = "A line for each step of the engine on standard error." };

    public static Command Create(CliContext context)
    {
        ExampleCommand command = new(
            "generate",
            "Runs a language model on a prompt and prints its text as it is made; speed at the end.",
            ("streaminfer generate --model models/assistant --prompt \"What is a Kafka topic?\"", "one answer, by the model's chat template"),
            ("streaminfer generate --model SmolLM2-135M-Instruct.Q4_1.gguf --prompt \"Once upon a time\" --raw --max-tokens 60", "text that goes on, from a GGUF file"),
            ("streaminfer generate --model models/assistant --temperature 0.7 --top-p 0.9", "a conversation, a line a turn"))
        {
            Model, Prompt, System, Raw, MaxTokens, Temperature, TopK, TopP, MinP, RepetitionPenalty, Seed, Stop, Stats,
        };
        ModelOptions.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(context, parsed, cancellation), CancellationToken.None));
        return command;
    }

    private static async Task<int> Run(CliContext context, ParseResult parsed, CancellationToken cancellation)
    {
        try
        {
            using LanguageModel model = LanguageModelLoader.Load(parsed.GetRequiredValue(Model), ModelOptions.Read(parsed, maxSequences: 1));
            foreach (string warning in model.Description.Warnings) await context.Error.WriteLineAsync($"warning: {warning}");
            await using LlmEngine engine = new(model.Executor, model.Tokenizer);
            return Talk(context, parsed, model, engine, cancellation);
        }
        catch (Exception e) when (e is ModelLoadException or TokenizerFormatException)
        {
            await context.Error.WriteLineAsync(e.Message);
            return ExitCodes.Usage;
        }
    }

    private static int Talk(CliContext context, ParseResult parsed, LanguageModel model, LlmEngine engine, CancellationToken cancellation)
    {
        bool chat = model.ChatTemplate is not null && !parsed.GetValue(Raw);
        GenerateSession session = new(model, engine, context, Sampling(parsed), parsed.GetValue(Stats));
        if (parsed.GetValue(System) is { } system) session.AddSystem(system);
        bool ok = true;
        if (parsed.GetValue(Prompt) is { } prompt) ok = session.Answer(prompt, chat, cancellation);
        else while (!cancellation.IsCancellationRequested && context.In.ReadLine() is { } line) ok &= session.Answer(line, chat, cancellation);
        if (cancellation.IsCancellationRequested) return ExitCodes.Interrupted;
        return ok ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static SamplingParameters Sampling(ParseResult parsed) => new()
    {
        MaxTokens = parsed.GetValue(MaxTokens),
        Temperature = parsed.GetValue(Temperature),
        TopK = parsed.GetValue(TopK),
        TopP = parsed.GetValue(TopP),
        MinP = parsed.GetValue(MinP),
        RepetitionPenalty = parsed.GetValue(RepetitionPenalty),
        Seed = parsed.GetValue(Seed),
        Stop = parsed.GetValue(Stop) ?? [],
    };
}
