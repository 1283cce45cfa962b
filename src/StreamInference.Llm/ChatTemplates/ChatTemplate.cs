using StreamInference.Llm.ChatTemplates.Jinja;
using StreamInference.Llm.Tokenization;

namespace StreamInference.Llm.ChatTemplates;

/// <summary>
/// A model's chat templates: conversations to prompts. The part of Jinja that real templates use, with the settings of the transformers library
/// (trim_blocks, lstrip_blocks, loop controls, its tojson). Sandboxed: values are copies, nothing is reached by reflection, output, work and depth are
/// bounded. Immutable; any number of threads may use one.
/// </summary>
public sealed class ChatTemplate
{
    private const string DefaultName = "default";
    private const string ToolUseName = "tool_use";
    private const long MaxWork = 50_000_000;
    private const int MaxDepth = 50;
    private const int MaxSourceLength = 1024 * 1024;
    private readonly Dictionary<string, Body> _templates;
    private readonly Dictionary<string, string> _specialTokens;

    private ChatTemplate(Dictionary<string, Body> templates, IReadOnlyDictionary<string, string> specialTokens)
    {
        _templates = templates;
        _specialTokens = new Dictionary<string, string>(specialTokens, StringComparer.Ordinal);
    }

    /// <summary>The names of the templates; a model with one has <c>default</c>.</summary>
    public IReadOnlyCollection<string> Names => _templates.Keys;

    /// <summary>
    /// Loads a model folder's templates: chat_template.jinja and additional_chat_templates/*.jinja, else chat_template of tokenizer_config.json (one text or a list
    /// with names). The folder's special tokens become variables.
    /// </summary>
    /// <exception cref="TokenizerFormatException">There is no template, a file is broken, or a template uses a part of Jinja that is not supported.</exception>
    public static ChatTemplate Load(string folder) =>
        LoadIfPresent(folder) ?? throw new TokenizerFormatException($"{folder}: neither chat_template.jinja nor chat_template in tokenizer_config.json is there");

    /// <summary>Like <see cref="Load"/>, but null for a folder without templates: a base model, not a chat model.</summary>
    /// <exception cref="TokenizerFormatException">A file is broken, or a template uses a part of Jinja that is not supported.</exception>
    public static ChatTemplate? LoadIfPresent(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var files = ChatTemplateFiles.Read(folder);
        if (files.Sources.Count == 0)
            return null;
        var templates = new Dictionary<string, Body>(StringComparer.Ordinal);
        foreach (var source in files.Sources)
            templates[source.Name] = Compile(source.Source, source.Origin);
        return new ChatTemplate(templates, files.SpecialTokens);
    }

    /// <summary>One template from its text, as a GGUF file holds it.</summary>
    /// <param name="source">The template.</param>
    /// <param name="specialTokens">Variables such as <c>bos_token</c>.</param>
    /// <exception cref="TokenizerFormatException">The template uses a part of Jinja that is not supported.</exception>
    public static ChatTemplate Parse(string source, IReadOnlyDictionary<string, string> specialTokens)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(specialTokens);
        return new ChatTemplate(new Dictionary<string, Body> { [DefaultName] = Compile(source, "chat template") }, specialTokens);
    }

    /// <summary>The prompt of a conversation, or why there is none.</summary>
    public ChatTemplateResult Render(IReadOnlyList<ChatMessage> messages, ChatTemplateOptions options)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentNullException.ThrowIfNull(options);
        string name = options.TemplateName ?? (options.Tools.Count > 0 && _templates.ContainsKey(ToolUseName) ? ToolUseName : DefaultName);
        if (!_templates.TryGetValue(name, out var template))
            return ChatTemplateResult.Failure(ChatTemplateErrorCode.NotFound, $"the model has no chat template '{name}', only {string.Join(", ", Names)}");
        var state = new RenderState(new RenderLimits(options.MaxLength, MaxWork, MaxDepth), options.Clock);
        try
        {
            template.Execute(state, CreateScope(messages, options));
            return ChatTemplateResult.Success(state.Output);
        }
        catch (TemplateException error)
        {
            return ChatTemplateResult.Failure(error.Code, error.Message);
        }
        catch (InsufficientExecutionStackException)
        {
            return ChatTemplateResult.Failure(ChatTemplateErrorCode.LimitExceeded, "the template is nested too deeply");
        }
    }

    private static Body Compile(string source, string origin)
    {
        if (source.Length > MaxSourceLength)
            throw new TokenizerFormatException($"{origin}: longer than {MaxSourceLength} characters");
        try
        {
            return TemplateParser.Parse(source);
        }
        catch (TemplateException error)
        {
            throw new TokenizerFormatException($"{origin}: {error.Message}", error);
        }
    }

    private Scope CreateScope(IReadOnlyList<ChatMessage> messages, ChatTemplateOptions options)
    {
        var scope = new Scope(Globals.CreateScope());
        foreach (var (name, token) in _specialTokens)
            scope.Set(name, token);
        scope.Set("messages", messages.Select(m => Values.FromJson(m.Json)).ToList());
        scope.Set("tools", options.Tools.Count > 0 ? options.Tools.Select(Values.FromJson).ToList() : null);
        scope.Set("documents", null);
        scope.Set("add_generation_prompt", options.AddGenerationPrompt);
        foreach (var (name, value) in options.Variables)
            scope.Set(name, Values.FromJson(value));
        return scope;
    }
}
