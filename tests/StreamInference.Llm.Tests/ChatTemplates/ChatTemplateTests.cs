using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using StreamInference.Llm.ChatTemplates;
using StreamInference.Llm.Tokenization;

namespace StreamInference.Llm.Tests.ChatTemplates;

public sealed class ChatTemplateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chat-template-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Special_tokens_are_variables_whether_strings_or_objects()
    {
        Write("tokenizer_config.json", """{"bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false}, "pad_token": null, "chat_template": "{{ bos_token }}{{ eos_token }}{{ pad_token is defined }}{{ sep_token }}"}""");
        Write("special_tokens_map.json", """{"bos_token": "<other>", "sep_token": "<sep>"}""");
        Assert.Equal("<s></s>False<sep>", Render(ChatTemplate.Load(_folder)).Text);
    }

    [Fact]
    public void Tools_choose_the_tool_use_template_of_a_list()
    {
        Write("tokenizer_config.json", """{"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "tools:{{ tools | length }}"}, {"name": "rag", "template": "rag"}]}""");
        var template = ChatTemplate.Load(_folder);
        Assert.Equal(["default", "tool_use", "rag"], template.Names);
        Assert.Equal("plain", Render(template).Text);
        using var tool = JsonDocument.Parse("""{"type": "function"}""");
        Assert.Equal("tools:1", Render(template, new ChatTemplateOptions { Tools = [tool.RootElement] }).Text);
        Assert.Equal("rag", Render(template, new ChatTemplateOptions { TemplateName = "rag" }).Text);
        Assert.Equal(ChatTemplateErrorCode.NotFound, Render(template, new ChatTemplateOptions { TemplateName = "none" }).Error?.Code);
    }

    [Fact]
    public void A_jinja_file_wins_over_the_configuration_and_has_more_beside_it()
    {
        Write("tokenizer_config.json", """{"chat_template": "old"}""");
        Write("chat_template.jinja", "new\n");
        Write("additional_chat_templates/rag.jinja", "rag");
        var template = ChatTemplate.Load(_folder);
        Assert.Equal("new", Render(template).Text);
        Assert.Equal("rag", Render(template, new ChatTemplateOptions { TemplateName = "rag" }).Text);
    }

    [Fact]
    public void A_folder_without_template_is_told_apart_from_a_broken_one()
    {
        Assert.Null(ChatTemplate.LoadIfPresent(_folder));
        Assert.Throws<TokenizerFormatException>(() => ChatTemplate.Load(_folder));
        Write("chat_template.jinja", "ok\n{% if %}");
        var error = Assert.Throws<TokenizerFormatException>(() => ChatTemplate.LoadIfPresent(_folder));
        Assert.Contains("chat_template.jinja: line 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Content_parts_tool_calls_and_unknown_keys_reach_the_template()
    {
        using var json = JsonDocument.Parse("""{"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "tool_calls": [{"id": "1"}], "reasoning_content": "why"}""");
        var template = Parse("{% for m in messages %}{% for p in m.content %}{{ p.text }}{% endfor %}{{ m.tool_calls[0].id }}{{ m.reasoning_content }}{% endfor %}");
        Assert.Equal("ab1why", template.Render([ChatMessage.FromJson(json.RootElement)!], new ChatTemplateOptions()).Text);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"role": 1}""")]
    public void A_message_needs_a_role(string json)
    {
        using var document = JsonDocument.Parse(json);
        Assert.Null(ChatMessage.FromJson(document.RootElement));
    }

    [Fact]
    public void A_message_with_half_a_surrogate_pair_is_an_error_value()
    {
        using var json = JsonDocument.Parse("""{"role": "user", "content": "\ud800"}""");
        var result = Parse("{{ messages[0].content }}").Render([ChatMessage.FromJson(json.RootElement)!], new ChatTemplateOptions());
        Assert.Equal(ChatTemplateErrorCode.Failed, result.Error?.Code);
    }

    [Fact]
    public void The_date_comes_from_the_given_clock()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 7, 4, 15, 6, 7, TimeSpan.Zero));
        var template = Parse("{{ strftime_now('%d %b %Y %-d %B %y-%m-%d %H:%M:%S %I %p %A %a %j %q%%') }}");
        Assert.Equal("04 Jul 2026 4 July 26-07-04 15:06:07 03 PM Saturday Sat 185 %q%", Render(template, new ChatTemplateOptions { Clock = clock }).Text);
    }

    [Fact]
    public void Without_tools_the_variable_is_none_and_the_generation_prompt_is_asked_for()
    {
        var template = Parse("{{ tools is none }} {{ documents is none }} {{ add_generation_prompt }} {{ messages | length }}");
        Assert.Equal("True True True 1", Render(template).Text);
        Assert.Equal("True True False 1", Render(template, new ChatTemplateOptions { AddGenerationPrompt = false }).Text);
    }

    [Fact]
    public void A_refusal_has_the_templates_own_words()
    {
        var error = Render(Parse("{{ raise_exception('only ' ~ messages | length ~ ' message') }}")).Error;
        Assert.Equal(new ChatTemplateError(ChatTemplateErrorCode.Refused, "only 1 message"), error);
    }

    private static ChatTemplate Parse(string source) => ChatTemplate.Parse(source, new Dictionary<string, string>());

    private static ChatTemplateResult Render(ChatTemplate template, ChatTemplateOptions? options = null) =>
        template.Render([new ChatMessage("user", "hi")], options ?? new ChatTemplateOptions());

    private void Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
