using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamInference.Cli.Producing;

/// <summary>The options of <c>produce</c> that make requests to a language model.</summary>
internal static class PromptOptions
{
    private static readonly Option<string[]> Prompt = new("--prompt") { Description = "A request to a language model with this prompt; may be given more than once.", HelpName = "text" };

    private static readonly Option<int?> MaxTokens = new("--max-tokens") { Description = "The most tokens of each answer.", HelpName = "n" };

    private static readonly Option<double?> Temperature = new("--temperature") { Description = "Sampling temperature of the requests; 0 is greedy.", HelpName = "t" };

    private static readonly Option<string?> Request = new("--request")
    {
        Description = "Other fields of the requests as a JSON object, e.g. '{\"stop\":[\"\\n\"],\"seed\":7}' (topics/llm/request.schema.json); with messages it needs no --prompt.",
        HelpName = "json",
    };

    static PromptOptions()
    {
        Request.Validators.Add(result =>
        {
            if (Fields(result.GetValueOrDefault<string?>()) is null) result.AddError("--request must be a JSON object.");
        });
        Prompt.Validators.Add(result =>
        {
            if (FrameOptions.AreGiven(result)) result.AddError("--prompt and frames exclude each other.");
        });
    }

    public static void AddTo(Command command)
    {
        foreach (Option option in new Option[] { Prompt, MaxTokens, Temperature, Request }) command.Options.Add(option);
    }

    /// <summary>Whether the command line asks for requests.</summary>
    public static bool AreGiven(SymbolResult result) => result.GetValue(Prompt) is { Length: > 0 } || result.GetValue(Request) is not null;

    /// <summary>The requests that the command line asks for; null when it asks for none. Their ids go to <paramref name="output"/>, a line each.</summary>
    public static IRecordFeed? Feed(ParseResult parsed, TextWriter output)
    {
        if (parsed.GetValue(Prompt) is not { Length: > 0 } prompts)
        {
            if (parsed.GetValue(Request) is not { } request) return null;
            return new RequestFeed([Fields(request)!], output);
        }

        return new RequestFeed([.. prompts.Select(prompt => With(parsed, prompt))], output);
    }

    private static JsonObject With(ParseResult parsed, string prompt)
    {
        JsonObject request = Fields(parsed.GetValue(Request))!;
        request["prompt"] = prompt;
        if (parsed.GetValue(MaxTokens) is { } maxTokens) request["max_tokens"] = maxTokens;
        if (parsed.GetValue(Temperature) is { } temperature) request["temperature"] = temperature;
        return request;
    }

    private static JsonObject? Fields(string? json)
    {
        if (json is null) return [];
        try
        {
            return JsonNode.Parse(json) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
