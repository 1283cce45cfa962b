using System.Text.Json;

namespace StreamInference.Llm.Tokenization;

/// <summary>The named special tokens of tokenizer_config.json, each a string or an object with content; special_tokens_map.json fills gaps.</summary>
internal sealed record SpecialTokens(string? Bos, string? Eos, string? Pad, string? Unknown)
{
    public static SpecialTokens None { get; } = new(null, null, null, null);

    public static SpecialTokens Read(JsonCursor json) =>
        new(TextOf(json, "bos_token"), TextOf(json, "eos_token"), TextOf(json, "pad_token"), TextOf(json, "unk_token"));

    public SpecialTokens OrElse(SpecialTokens other) =>
        new(Bos ?? other.Bos, Eos ?? other.Eos, Pad ?? other.Pad, Unknown ?? other.Unknown);

    private static string? TextOf(JsonCursor json, string name)
    {
        if (!json.TryGet(name, out var value) || value.Element.ValueKind == JsonValueKind.False)
            return null;
        return value.IsObject ? value.Text("content") : value.Text();
    }
}
