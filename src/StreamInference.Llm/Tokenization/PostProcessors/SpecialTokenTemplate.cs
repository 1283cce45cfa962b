namespace StreamInference.Llm.Tokenization.PostProcessors;

/// <summary>The <c>post_processor</c> of a tokenizer.json, as far as one text is concerned: ids to put before and after it.</summary>
internal sealed record SpecialTokenTemplate(int[] Before, int[] After)
{
    public static SpecialTokenTemplate None { get; } = new([], []);

    public static SpecialTokenTemplate Read(JsonCursor json)
    {
        switch (json.Text("type"))
        {
            case "Sequence":
                return json.Items("processors").Select(Read).Aggregate(None, static (inner, outer) => inner.Within(outer));
            case "TemplateProcessing":
                return ReadTemplate(json);
            case "BertProcessing" or "RobertaProcessing":
                return new SpecialTokenTemplate([json.Get("cls").Item(1).Integer()], [json.Get("sep").Item(1).Integer()]);
            case "ByteLevel":
                return None;
            case var type:
                throw json.Error($"post-processor '{type}' is not supported");
        }
    }

    private SpecialTokenTemplate Within(SpecialTokenTemplate outer) => new([.. outer.Before, .. Before], [.. After, .. outer.After]);

    private static SpecialTokenTemplate ReadTemplate(JsonCursor json)
    {
        var before = new List<int>();
        var after = new List<int>();
        bool textSeen = false;
        foreach (var item in json.Items("single"))
        {
            if (item.TryGet("SpecialToken", out var special))
                (textSeen ? after : before).AddRange(IdsOf(json, special));
            else
                textSeen = true;
        }

        return new SpecialTokenTemplate([.. before], [.. after]);
    }

    private static IEnumerable<int> IdsOf(JsonCursor json, JsonCursor special) =>
        json.Get("special_tokens").Get(special.Text("id")).Items("ids").Select(static id => id.Integer());
}
