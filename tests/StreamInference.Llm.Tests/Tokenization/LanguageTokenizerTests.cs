using System.Text;
using Microsoft.ML.Tokenizers;
using StreamInference.Llm.Tokenization;
using StreamInference.TestKit;

namespace StreamInference.Llm.Tests.Tokenization;

public sealed class LanguageTokenizerTests
{
    private const int RandomTextCount = 2_000;

    public static TheoryData<string> Synthetic => SyntheticTokenizers.Names;

    public static TheoryData<string> Exact { get; } = new("byte-level", "sentencepiece", "unigram-bytes");

    [Theory]
    [MemberData(nameof(Synthetic))]
    public void The_fast_path_and_the_path_with_offsets_give_the_same_ids(string name)
    {
        var tokenizer = SyntheticTokenizers.Load(name);
        var texts = new RandomTexts(7, SyntheticTokenizers.AddedTokens);
        for (int i = 0; i < RandomTextCount; i++)
        {
            string text = texts.Next();
            var tokens = tokenizer.Tokenizer.EncodeToTokens(text, out _);
            Assert.Equal(tokenizer.Encode(text, addSpecialTokens: false), tokens.Select(t => t.Id));
            AssertOrdered(text, tokens);
        }
    }

    [Theory]
    [InlineData("byte-level", "the in\u4f60\U0001F600x", "0-3,3-4,4-6,6-7,7-9,7-9,9-10")]
    [InlineData("byte-level", "e\u0301t<left> q", "0-0,0-2,0-2,2-3,3-9,9-10,10-11")]
    [InlineData("sentencepiece", "the \u00e7a", "0-3,3-4,4-5,4-5,5-6")]
    [InlineData("bert-uncased", "  The c\u0327 \u4f60", "2-5,6-7,9-10")]
    [InlineData("unigram", "the \ufb01", "0-3,3-4,4-5,4-5")]
    public void Offsets_are_ranges_of_the_text_as_given(string name, string text, string expected)
    {
        var tokens = SyntheticTokenizers.Load(name).Tokenizer.EncodeToTokens(text, out _);
        Assert.Equal(expected, string.Join(',', tokens.Select(t => $"{t.Offset.Start}-{t.Offset.End}")));
    }

    [Theory]
    [MemberData(nameof(Exact))]
    public void Decoding_gives_the_text_back_where_the_vocabulary_has_every_byte(string name)
    {
        var tokenizer = SyntheticTokenizers.Load(name);
        var texts = new RandomTexts(11, []);
        for (int i = 0; i < RandomTextCount; i++)
        {
            // These decoders drop the mark that is also a character, and one leading space.
            string text = "a" + texts.Next().Replace('\ufffe', '-').Normalize(NormalizationForm.FormC).Replace('\u2581', '-').Replace("<0x", "", StringComparison.Ordinal);
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, addSpecialTokens: false), skipSpecialTokens: false).TrimStart(' '));
        }
    }

    [Theory]
    [InlineData("byte-level")]
    [InlineData("sentencepiece")]
    public void A_known_text_is_encoded_without_allocating(string name)
    {
        var tokenizer = SyntheticTokenizers.Load(name);
        const string text = "the cat is in the hat, \u4f60\u597d \U0001F600 12345 and nothing else happens";
        var ids = new List<int>(256);
        long allocated = AllocatedBytes.Least(
            () =>
            {
                for (int i = 0; i < 100; i++)
                {
                    ids.Clear();
                    tokenizer.Encode(text, addSpecialTokens: true, ids);
                }
            },
            rounds: 2000);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task Any_number_of_threads_share_one_tokenizer()
    {
        var tokenizer = SyntheticTokenizers.Load("byte-level");
        var texts = new RandomTexts(3, SyntheticTokenizers.AddedTokens);
        var inputs = Enumerable.Range(0, 500).Select(_ => texts.Next()).ToList();
        var expected = inputs.ConvertAll(t => string.Join(',', tokenizer.Encode(t, addSpecialTokens: true)));
        using var start = new Barrier(4);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            start.SignalAndWait(TestContext.Current.CancellationToken);
            for (int i = 0; i < inputs.Count; i++)
                Assert.Equal(expected[i], string.Join(',', tokenizer.Encode(inputs[i], addSpecialTokens: true)));
        })));
    }

    [Fact]
    public void A_lone_surrogate_counts_as_the_replacement_character()
    {
        var tokenizer = SyntheticTokenizers.Load("byte-level");
        foreach (var (broken, replaced) in new[] { ("a\ud800b", "a\ufffdb"), ("\udc00", "\ufffd"), ("x\ud83d\ud83d\ude00", "x\ufffd\U0001F600") })
        {
            Assert.Equal(tokenizer.Encode(replaced, addSpecialTokens: false), tokenizer.Encode(broken, addSpecialTokens: false));
            Assert.Equal(tokenizer.Encode(replaced, addSpecialTokens: false), tokenizer.Tokenizer.EncodeToTokens(broken, out _).Select(t => t.Id));
        }
    }

    [Fact]
    public void Ids_outside_the_vocabulary_add_nothing()
    {
        var tokenizer = SyntheticTokenizers.Load("byte-level");
        int[] ids = [-1, .. tokenizer.Encode("the", addSpecialTokens: false), tokenizer.VocabularySize, int.MaxValue, int.MinValue];
        Assert.Equal(" the", tokenizer.Decode(ids, skipSpecialTokens: true));
        Assert.False(tokenizer.IsSpecial(-1));
        Assert.Null(tokenizer.TokenText(int.MaxValue));
    }

    [Fact]
    public void Special_tokens_are_found_by_name_and_left_out_on_demand()
    {
        var tokenizer = TokenizerLoader.Parse(
            Encoding.UTF8.GetBytes(SyntheticTokenizers.Json("byte-level")),
            """{"bos_token": "[CLS]", "eos_token": {"content": "[SEP]"}, "pad_token": null, "unk_token": "not there"}"""u8.ToArray(),
            "test");
        Assert.Equal(1, tokenizer.BosTokenId);
        Assert.Equal(2, tokenizer.EosTokenId);
        Assert.Null(tokenizer.PadTokenId);
        Assert.Null(tokenizer.UnknownTokenId);
        Assert.True(tokenizer.IsSpecial(1));
        Assert.False(tokenizer.IsSpecial(3));
        Assert.Equal("[CLS]<left>", tokenizer.Decode([1, 3], skipSpecialTokens: false));
        Assert.Equal("<left>", tokenizer.Decode([1, 3], skipSpecialTokens: true));
    }

    [Fact]
    public void A_limit_cuts_between_characters()
    {
        var tokenizer = SyntheticTokenizers.Load("byte-level").Tokenizer;
        const string text = "ab\u00e9\U0001F601cd";
        for (int limit = 1; limit < 14; limit++)
        {
            var ids = tokenizer.EncodeToIds(text, limit, out _, out int consumed);
            Assert.InRange(ids.Count, 0, limit);
            Assert.False(consumed < text.Length && char.IsLowSurrogate(text[consumed]));
            int fromStart = tokenizer.GetIndexByTokenCount(text, limit, out _, out int count);
            Assert.Equal((consumed, ids.Count), (fromStart, count));
            int fromEnd = tokenizer.GetIndexByTokenCountFromEnd(text, limit, out _, out int endCount);
            Assert.InRange(endCount, 0, limit);
            Assert.False(fromEnd < text.Length && char.IsLowSurrogate(text[fromEnd]));
        }

        Assert.Equal(tokenizer.EncodeToIds(text).Count, tokenizer.CountTokens(text));
    }

    [Theory]
    [InlineData("byte-level")]
    [InlineData("sentencepiece")]
    public void A_long_text_without_a_place_to_split_has_the_ids_of_its_parts(string name)
    {
        // No merge crosses from q to t, so the whole has exactly the tokens of its repeated part.
        var tokenizer = SyntheticTokenizers.Load(name);
        const int repeats = 32_000;
        var one = tokenizer.Encode("theq" + "theq", addSpecialTokens: false);
        var first = tokenizer.Encode("theq", addSpecialTokens: false);
        var part = one.Skip(first.Count).ToList();
        var whole = tokenizer.Encode(string.Concat(Enumerable.Repeat("theq", repeats)), addSpecialTokens: false);
        Assert.Equal(first.Concat(Enumerable.Repeat(part, repeats - 1).SelectMany(p => p)), whole);
    }

    private static void AssertOrdered(string text, IReadOnlyList<EncodedToken> tokens)
    {
        int start = 0;
        foreach (var token in tokens)
        {
            Assert.InRange(token.Offset.Start.Value, start, text.Length);
            Assert.InRange(token.Offset.End.Value, token.Offset.Start.Value, text.Length);
            start = token.Offset.Start.Value;
        }
    }
}
