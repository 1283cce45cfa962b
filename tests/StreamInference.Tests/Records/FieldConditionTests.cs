using System.Text;
using System.Text.Json;
using CsCheck;
using StreamInference.Records;
using StreamInference.TestKit;

namespace StreamInference.Tests.Records;

public sealed class FieldConditionTests
{
    private const string Record = """{"deep":{"decision":"approve","list":[1,{"x":"y"}]},"decision":"decline","score":0.95,"big":"10","note":"a refund","flag":true,"none":null,"a/b":"slash","é":"ü"}""";

    [Theory]
    [InlineData("/decision=decline", true)]
    [InlineData("/decision!=decline", false)]
    [InlineData("/decision=approve", false)]
    [InlineData("/score>0.9", true)]
    [InlineData("/score>=0.950", true)]
    [InlineData("/score<0.95", false)]
    [InlineData("/score=0.950", true)]
    [InlineData("/big>9", true)]
    [InlineData("/note~refund", true)]
    [InlineData("/note~Refund", false)]
    [InlineData("/flag=true", true)]
    [InlineData("/none=null", true)]
    [InlineData("/deep/decision=approve", true)]
    [InlineData("/deep/list/1/x=y", true)]
    [InlineData("/deep/list/2=y", false)]
    [InlineData("/a~1b=slash", true)]
    [InlineData("/é=ü", true)]
    [InlineData("/missing=", false)]
    [InlineData("/missing!=x", false)]
    public void A_condition_holds_or_not(string condition, bool holds) =>
        Assert.Equal(holds ? ConditionOutcome.Holds : ConditionOutcome.Fails, FieldCondition.Parse(condition).Evaluate(Encoding.UTF8.GetBytes(Record)));

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("{\"a\":1,")]
    public void A_value_that_is_no_JSON_is_neither(string value) =>
        Assert.Equal(ConditionOutcome.NotJson, FieldCondition.Parse("/decision=decline").Evaluate(Encoding.UTF8.GetBytes(value)));

    [Theory]
    [InlineData("decision=decline")]
    [InlineData("/decision")]
    [InlineData("/=x")]
    public void What_is_no_condition_is_refused(string text) => Assert.False(FieldCondition.TryParse(text, out _));

    [Fact]
    public void A_path_finds_the_same_value_in_bytes_as_in_a_parsed_record() => Gen.Select(Gen.Int[0, 3].Array[1, 4], Gen.Int[0, 1000]).Sample((steps, seed) =>
    {
        string json = JsonSerializer.Serialize(Value(new Random(seed), 4));
        JsonFieldPath path = JsonFieldPath.Parse("/" + string.Join('/', steps));
        using JsonDocument document = JsonDocument.Parse(json);
        Utf8JsonReader reader = new(Encoding.UTF8.GetBytes(json));
        bool found = path.MoveTo(ref reader);
        JsonElement? expected = path.Find(document.RootElement);
        Assert.Equal(expected is not null, found);
        if (found) Assert.True(JsonElement.DeepEquals(expected!.Value, JsonElement.ParseValue(ref reader)));
    });

    [Fact]
    public void A_condition_on_a_text_allocates_nothing()
    {
        FieldCondition condition = FieldCondition.Parse("/decision=decline");
        byte[] record = Encoding.UTF8.GetBytes(Record);
        long allocated = AllocatedBytes.Least(() =>
        {
            for (int i = 0; i < 1000; i++) condition.Evaluate(record);
        });
        Assert.Equal(0, allocated);
    }

    // Objects and arrays whose members are called 0 to 3, so that paths often lead somewhere.
    private static object Value(Random random, int depth) => random.Next(depth > 0 ? 4 : 2) switch
    {
        0 => random.Next(100),
        1 => "text",
        2 => Enumerable.Range(0, random.Next(4)).ToDictionary(i => $"{i}", _ => Value(random, depth - 1)),
        _ => Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth - 1)).ToArray(),
    };
}
