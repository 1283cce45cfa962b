using StreamInference.Llm.Tokenization;

namespace StreamInference.Llm.ChatTemplates;

/// <summary>The templates and special tokens of a model folder.</summary>
internal sealed record ChatTemplateFiles(IReadOnlyList<ChatTemplateSource> Sources, IReadOnlyDictionary<string, string> SpecialTokens)
{
    private const string TemplateFile = "chat_template.jinja";
    private const string MoreTemplates = "additional_chat_templates";
    private const string ConfigFile = "tokenizer_config.json";
    private const string SpecialTokensFile = "special_tokens_map.json";

    public static ChatTemplateFiles Read(string folder)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        var sources = ReadJinja(folder);
        string specialTokensPath = Path.Combine(folder, SpecialTokensFile);
        if (File.Exists(specialTokensPath))
            AddTokens(specialTokensPath, tokens);
        string configPath = Path.Combine(folder, ConfigFile);
        if (File.Exists(configPath))
        {
            AddTokens(configPath, tokens);
            if (sources.Count == 0)
                sources = ReadConfig(configPath);
        }

        return new ChatTemplateFiles(sources, tokens);
    }

    private static List<ChatTemplateSource> ReadJinja(string folder)
    {
        var sources = new List<ChatTemplateSource>();
        string path = Path.Combine(folder, TemplateFile);
        if (File.Exists(path))
            sources.Add(new ChatTemplateSource("default", File.ReadAllText(path), path));
        string more = Path.Combine(folder, MoreTemplates);
        if (!Directory.Exists(more))
            return sources;
        foreach (string file in Directory.EnumerateFiles(more, "*.jinja").Order(StringComparer.Ordinal))
            sources.Add(new ChatTemplateSource(Path.GetFileNameWithoutExtension(file), File.ReadAllText(file), file));
        return sources;
    }

    private static List<ChatTemplateSource> ReadConfig(string path)
    {
        using var document = JsonFile.Open(path);
        if (!new JsonCursor(document.RootElement, path).TryGet("chat_template", out var template))
            return [];
        if (template.IsString)
            return [new ChatTemplateSource("default", template.Text(), template.Path)];
        return [.. template.Items().Select(item => new ChatTemplateSource(item.Text("name"), item.Text("template"), item.Path))];
    }

    // A later file wins. Lists of further tokens are not variables that templates use.
    private static void AddTokens(string path, Dictionary<string, string> tokens)
    {
        using var document = JsonFile.Open(path);
        foreach (var (name, value) in new JsonCursor(document.RootElement, path).Properties())
        {
            if (!name.EndsWith("_token", StringComparison.Ordinal))
                continue;
            var text = value.TryGet("content", out var content) ? content : value;
            if (text.IsString)
                tokens[name] = text.Text();
        }
    }
}

/// <summary>One template, with where it came from for error messages.</summary>
internal sealed record ChatTemplateSource(string Name, string Source, string Origin);
