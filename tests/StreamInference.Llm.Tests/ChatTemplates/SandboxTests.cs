using System.Text;
using CsCheck;
using StreamInference.Llm.ChatTemplates;
using StreamInference.Llm.Tokenization;

namespace StreamInference.Llm.Tests.ChatTemplates;

public sealed class SandboxTests
{
    private static readonly string[] Fragments =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-%}", "if", "elif", "else", "endif", "for", "in", "endfor", "set", "endset", "macro", "endmacro", "call", "endcall", "raw", "endraw",
        "filter", "endfilter", "with", "endwith", "break", "continue", "not", "and", "or", "is", "defined", "none", "x", "loop", "loop.index", "messages", "namespace(a=1)", "range(3)",
        "recursive", "'a'", "\"b", "1", "2.5", "(", ")", "[", "]", "{", "}", ",", ":", ".", "|", "~", "+", "-", "*", "/", "//", "%", "**", "=", "==", "<", "tojson", "trim", "list", "join",
        "map", "select", "sort", "upper()", "split()", "items()", "get('a')", "[0]", "[::-1]", " ", "\n",
    ];

    private static readonly Gen<string> Fragment = Gen.Int[0, Fragments.Length - 1].Select(i => Fragments[i]);

    [Theory]
    [InlineData("{{ 'a' * 1000000000 }}")]
    [InlineData("{{ [0] * 1000000000 }}")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(100000) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(100000) %}{% set ns.s = ns.s + 'xyz' %}{% endfor %}")]
    [InlineData("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% for x in [[1]] recursive %}{{ loop([x]) }}{% endfor %}")]
    [InlineData("{% for i in range(1000) %}{{ 'x' * 1000000 }}{% endfor %}")]
    [InlineData("{% set s = 'x' * 4000000 %}{{ [s] * 100000 }}")]
    [InlineData("{% set s = 'x' * 4000000 %}{{ ([s] * 100000) | tojson }}")]
    [InlineData("{{ ('a' * 100000) | replace('a', 'b' * 100000) }}")]
    [InlineData("{% set ns = namespace(a=[]) %}{% for i in range(100000) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}")]
    [InlineData("{% set n = namespace(a=[], b=[]) %}{% for i in range(100000) %}{% set n.a = [n.a] %}{% set n.b = [n.b] %}{% endfor %}{{ n.a == n.b }}")]
    public void A_template_that_wants_too_much_is_stopped(string template) =>
        Assert.Equal(ChatTemplateErrorCode.LimitExceeded, Render(template).Error?.Code);

    [Fact]
    public void A_long_chain_of_operators_is_stopped_before_the_stack_ends() =>
        Assert.Equal(ChatTemplateErrorCode.LimitExceeded, Render("{{ " + string.Concat(Enumerable.Repeat("1+", 100_000)) + "1 }}").Error?.Code);

    [Theory]
    [InlineData("{{ ", "(", "1", ")", " }}")]
    [InlineData("{{ ", "-", "1", "", " }}")]
    [InlineData("{{ ", "[", "", "]", " }}")]
    [InlineData("", "{% if 1 %}", "", "{% endif %}", "")]
    public void A_deeply_nested_template_is_refused(string start, string open, string middle, string close, string end)
    {
        const int depth = 10_000;
        string template = start + string.Concat(Enumerable.Repeat(open, depth)) + middle + string.Concat(Enumerable.Repeat(close, depth)) + end;
        var error = Assert.Throws<TokenizerFormatException>(() => Render(template));
        Assert.Contains("too deeply", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ messages.append(1) }}")]
    [InlineData("{{ messages[0].update(role='x') }}")]
    [InlineData("{% set messages[0].role = 'x' %}")]
    [InlineData("{{ messages[0].GetType() }}")]
    [InlineData("{{ ''.__class__.__mro__ }}")]
    public void Nothing_of_the_callers_can_be_changed_or_reached(string template)
    {
        var messages = new[] { new ChatMessage("user", "hello") };
        try
        {
            Assert.NotNull(ChatTemplate.Parse(template, new Dictionary<string, string>()).Render(messages, new ChatTemplateOptions()).Error);
        }
        catch (TokenizerFormatException)
        {
            // Refused already when parsed.
        }

        Assert.Equal("{\"role\":\"user\",\"content\":\"hello\"}", messages[0].Json.GetRawText());
    }

    [Fact]
    public void Any_text_is_rendered_or_refused()
    {
        var template = Fragment.Array[0, 40].Select(parts =>
        {
            var text = new StringBuilder("{% set x = [1, 'a', {'a': 1}] %}");
            foreach (string part in parts)
                text.Append(part).Append(' ');
            return text.ToString();
        });
        template.Sample(text => IsRenderedOrRefused(text), iter: 5_000);
    }

    [Fact]
    public void Any_expression_is_rendered_or_refused()
    {
        var expression = Fragment.Array[1, 8].Select(parts => "{% set x = [1, 'a', {'a': 1}] %}{{ x " + string.Join(' ', parts) + " }}");
        expression.Sample(text => IsRenderedOrRefused(text), iter: 5_000);
    }

    private static bool IsRenderedOrRefused(string template)
    {
        try
        {
            var result = Render(template);
            return (result.Text is null) != (result.Error is null);
        }
        catch (TokenizerFormatException)
        {
            return true;
        }
    }

    private static ChatTemplateResult Render(string template) =>
        ChatTemplate.Parse(template, new Dictionary<string, string>()).Render([new ChatMessage("user", "hi")], new ChatTemplateOptions());
}
