using CsCheck;

namespace StreamInference.Llm.Tests.Tokenization;

public sealed class StreamingDetokenizerTests
{
    public static TheoryData<string> Synthetic => SyntheticTokenizers.Names;

    [Theory]
    [MemberData(nameof(Synthetic))]
    public void Parts_add_up_to_the_whole_text(string name)
    {
        var tokenizer = SyntheticTokenizers.Load(name);
        var texts = new RandomTexts(5, SyntheticTokenizers.AddedTokens);
        for (int i = 0; i < 1_000; i++)
        {
            var ids = tokenizer.Encode(texts.Next(), addSpecialTokens: false);
            var detokenizer = tokenizer.CreateStreamingDetokenizer(skipSpecialTokens: true);
            string streamed = string.Concat(ids.Select(detokenizer.Append)) + detokenizer.Flush();
            Assert.Equal(tokenizer.Decode(ids, skipSpecialTokens: true), streamed);
        }
    }

    [Theory]
    [InlineData("byte-level")]
    [InlineData("sentencepiece")]
    [InlineData("unigram-bytes")]
    public void No_part_ends_inside_a_character_whatever_the_ids(string name)
    {
        var tokenizer = SyntheticTokenizers.Load(name);
        Gen.Int[0, tokenizer.VocabularySize - 1].Array[0, 60].Sample(
            ids =>
            {
                var detokenizer = tokenizer.CreateStreamingDetokenizer(skipSpecialTokens: false);
                return ids.Select(detokenizer.Append).Append(detokenizer.Flush()).All(IsWhole);
            },
            iter: 1_000);
    }

    [Theory]
    [MemberData(nameof(Synthetic))]
    public void A_restored_detokenizer_goes_on_where_the_saved_one_was(string name)
    {
        var tokenizer = SyntheticTokenizers.Load(name);
        Gen.Select(Gen.Int[0, tokenizer.VocabularySize - 1].Array[0, 20], Gen.Int[0, tokenizer.VocabularySize - 1].Array[0, 20]).Sample(
            (before, after) =>
            {
                var saved = tokenizer.CreateStreamingDetokenizer(skipSpecialTokens: false);
                foreach (int id in before)
                    saved.Append(id);
                var restored = tokenizer.CreateStreamingDetokenizer(skipSpecialTokens: false);
                return restored.TryRestoreState(saved.SaveState())
                    && after.All(id => saved.Append(id) == restored.Append(id))
                    && saved.Flush() == restored.Flush();
            },
            iter: 500);
    }

    [Theory]
    [MemberData(nameof(Synthetic))]
    public void A_broken_state_is_refused_and_leaves_a_fresh_detokenizer(string name)
    {
        var tokenizer = SyntheticTokenizers.Load(name);
        var ids = tokenizer.Encode("the end", addSpecialTokens: false);
        string expected = tokenizer.Decode(ids, skipSpecialTokens: false);
        int refused = 0;
        Gen.Byte.Array[0, 12].Sample(
            state =>
            {
                var detokenizer = tokenizer.CreateStreamingDetokenizer(skipSpecialTokens: false);
                if (detokenizer.TryRestoreState(state))
                    return true;
                Interlocked.Increment(ref refused);
                return string.Concat(ids.Select(detokenizer.Append)) + detokenizer.Flush() == expected;
            },
            iter: 1_000);
        Assert.NotEqual(0, refused);
    }

    [Fact]
    public void A_character_of_several_tokens_comes_with_its_last()
    {
        var tokenizer = SyntheticTokenizers.Load("byte-level");
        var ids = tokenizer.Encode("\u00e9\U0001F680", addSpecialTokens: false);
        var detokenizer = tokenizer.CreateStreamingDetokenizer(skipSpecialTokens: false);
        Assert.Equal([" ", "", "\u00e9", "", "", "\U0001F680"], ids.Select(detokenizer.Append));
    }

    [Fact]
    public void Byte_fallback_hands_on_each_character_without_waiting_for_the_end_of_the_run()
    {
        var tokenizer = SyntheticTokenizers.Load("sentencepiece");
        int[] ids = [.. "\u00e7\u00e7"u8.ToArray().Append((byte)0xC3).Select(b => tokenizer.TokenId($"<0x{b:X2}>")!.Value), tokenizer.TokenId("a")!.Value];
        var detokenizer = tokenizer.CreateStreamingDetokenizer(skipSpecialTokens: false);
        Assert.Equal(["", "\u00e7", "", "\u00e7", "", "\ufffda"], ids.Select(detokenizer.Append));
        // As a whole the run is broken, so every byte of it is replaced.
        Assert.Equal("\ufffd\ufffd\ufffd\ufffd\ufffda", tokenizer.Decode(ids, skipSpecialTokens: false));
    }

    [Fact]
    public void After_the_prompts_end_the_first_word_keeps_its_space()
    {
        var tokenizer = SyntheticTokenizers.Load("sentencepiece");
        int word = tokenizer.TokenId("\u2581the")!.Value;
        Assert.Equal("the", tokenizer.CreateStreamingDetokenizer(skipSpecialTokens: true).Append(word));
        var primed = tokenizer.CreateStreamingDetokenizer(skipSpecialTokens: true);
        primed.Prime(tokenizer.Encode("say", addSpecialTokens: false));
        Assert.Equal(" the", primed.Append(word));
    }

    [Fact]
    public void Flush_replaces_what_is_incomplete_and_starts_anew()
    {
        var tokenizer = SyntheticTokenizers.Load("byte-level");
        var detokenizer = tokenizer.CreateStreamingDetokenizer(skipSpecialTokens: false);
        Assert.Equal("", detokenizer.Append(tokenizer.TokenId("\u00f0\u0141")!.Value));
        Assert.Equal("\ufffd", detokenizer.Flush());
        Assert.Equal("", detokenizer.Flush());
        Assert.Equal("t", detokenizer.Append(tokenizer.TokenId("t")!.Value));
    }

    private static bool IsWhole(string part)
    {
        for (int i = 0; i < part.Length; i++)
        {
            if (char.IsHighSurrogate(part[i]) ? ++i == part.Length || !char.IsLowSurrogate(part[i]) : char.IsLowSurrogate(part[i]))
                return false;
        }

        return true;
    }
}
