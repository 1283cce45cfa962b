using System.Text;
using System.Text.Json;
using StreamInference.Records;

namespace StreamInference.Tests.Records;

public sealed class RecordTemplateTests
{
    private const string Record = """{"id":"t1","amount":412.905,"score":0.914,"small":1e-30,"tags":["a",{"b/c":true}],"none":null,"text":"a \"b\" {x}"}""";

    [Theory]
    [InlineData("no field", "no field")]
    [InlineData("{/id}: {/amount:0.00} ({/score:0%})", "t1: 412.91 (91%)")]
    [InlineData("{/amount}", "412.905")]
    [InlineData("{/tags/0} {/tags/1/b~1c}", "a true")]
    [InlineData("{/tags}", """["a",{"b/c":true}]""")]
    [InlineData("{{{/id}}}", "{t1}")]
    [InlineData("{/text}", "a \"b\" {x}")]
    [InlineData("{/small:0.00}", "0.00")]
    public void Fields_stand_where_the_template_names_them(string template, string expected)
    {
        using JsonDocument document = JsonDocument.Parse(Record);
        StringBuilder text = new();
        Assert.Null(RecordTemplate.Parse(template).Render(document.RootElement, text));
        Assert.Equal(expected, text.ToString());
    }

    [Theory]
    [InlineData("{/missing}", RecordErrorCodes.MissingField, "/missing is missing.")]
    [InlineData("{/none}", RecordErrorCodes.MissingField, "/none is missing.")]
    [InlineData("{/tags/2}", RecordErrorCodes.MissingField, "/tags/2 is missing.")]
    [InlineData("{/id:0.0}", RecordErrorCodes.WrongType, "/id must be a number.")]
    public void A_record_without_the_field_has_no_text(string template, string code, string detail)
    {
        using JsonDocument document = JsonDocument.Parse(Record);
        Assert.Equal(new RecordError(code, detail), RecordTemplate.Parse(template).Render(document.RootElement, new StringBuilder()));
    }

    [Theory]
    [InlineData("{id}", "JSON pointer")]
    [InlineData("{}", "JSON pointer")]
    [InlineData("{/a", "not closed")]
    [InlineData("a } b", "single }")]
    [InlineData("{/a:}", "no number format")]
    [InlineData("{/a:x}", "no number format")]
    [InlineData("{/~2}", "JSON pointer")]
    public void What_is_no_template_is_refused_with_the_reason(string text, string reason)
    {
        Assert.False(RecordTemplate.TryParse(text, out _, out string? error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }
}
