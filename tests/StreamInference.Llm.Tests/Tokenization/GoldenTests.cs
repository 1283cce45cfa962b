namespace StreamInference.Llm.Tests.Tokenization;

public sealed class GoldenTests
{
    public static TheoryData<string> Names => GoldenTexts.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Ids_and_text_equal_the_reference(string name)
    {
        var tokenizer = GoldenTexts.Tokenizer(name);
        foreach (var golden in GoldenTexts.Read(name))
        {
            Assert.Equal(golden.Ids, tokenizer.Encode(golden.Text, addSpecialTokens: false));
            Assert.Equal(golden.WithSpecial, tokenizer.Encode(golden.Text, addSpecialTokens: true));
            Assert.Equal(golden.Decoded, tokenizer.Decode(golden.Ids, skipSpecialTokens: false));
            Assert.Equal(golden.DecodedWithoutSpecial, tokenizer.Decode(golden.Ids, skipSpecialTokens: true));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Streaming_gives_the_same_text_in_whole_characters(string name)
    {
        var tokenizer = GoldenTexts.Tokenizer(name);
        foreach (var golden in GoldenTexts.Read(name))
        {
            var detokenizer = tokenizer.CreateStreamingDetokenizer(skipSpecialTokens: false);
            var parts = golden.Ids.Select(detokenizer.Append).Append(detokenizer.Flush()).ToList();
            Assert.All(parts, part => Assert.False(StartsOrEndsInsideCharacter(part)));
            Assert.Equal(golden.Decoded, string.Concat(parts));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Offsets_come_with_the_same_ids(string name)
    {
        var tokenizer = GoldenTexts.Tokenizer(name);
        foreach (var golden in GoldenTexts.Read(name))
        {
            var tokens = tokenizer.Tokenizer.EncodeToTokens(golden.Text, out _);
            Assert.Equal(golden.Ids, tokens.Select(t => t.Id));
            Assert.All(tokens, t => Assert.InRange(t.Offset.End.Value, t.Offset.Start.Value, golden.Text.Length));
        }
    }

    private static bool StartsOrEndsInsideCharacter(string part) =>
        part.Length > 0 && (char.IsLowSurrogate(part[0]) || char.IsHighSurrogate(part[^1]));
}
