using System.Text;
using CsCheck;
using StreamInference.Onnx.Tabular;
using StreamInference.Records;

namespace StreamInference.Onnx.Tests.Tabular;

public sealed class DecoderTests
{
    private static readonly FeatureDescription[] Features =
    [
        new() { Field = "/a" },
        new() { Field = "/b", Missing = new JsonScalar.Number(7) },
        new() { Field = "/card/limit" },
        new() { Field = "/card/tags/1", Missing = new JsonScalar.Number(-1) },
        new() { Field = "/kind", Transforms = [new FeatureTransform.Ordinal([new JsonScalar.Text("x"), new JsonScalar.Text("é\"")], -1)] },
    ];

    private static readonly PassthroughDescription[] Passthrough = [new("/id", "id"), new("/card", "card"), new("/a", "a")];

    // Records that are mostly right, then cut, repeated and bent.
    private static readonly Gen<string> Odd = OneOf(
        "3e2", "1e400", "0", "-0", "01", "1.", "true", "false", "null", "nul", "NaN", "\"x\"", "\"é\\\"\"", "\"\\u0078\"", "\"\\ud800\"", "\"\\q\"", "\"\u0001\"", "\"unclosed", "[]", "{}", "[1,2]",
        "[1,5,\"t\"]", "{\"limit\":4}", "{\"limit\":4,\"tags\":[0,9]}", "{\"tags\":{\"1\":3},\"limit\":2}", "{\"limit\":1,\"limit\":2}", "[[[]]]", "[1,]", "{\"z\":}");

    private static readonly Gen<string> Scalars = Gen.Frequency((3, OneOf("1", "-2.5", "0.125")), (1, Odd));

    private static readonly Gen<string> Names = OneOf("a", "b", "card", "kind", "id", "other", "\\u0061", "card\\u0000", "A", "");

    private static readonly Gen<string> Spaces = Gen.Frequency((6, Gen.Const("")), (2, Gen.Const(" ")), (1, Gen.Const("\n\t ")), (1, Gen.Const("\u000b")));

    private static readonly Gen<string> Members = Gen.Select(Names, Scalars, Spaces, Spaces, (name, value, before, after) => $"\"{name}\"{before}:{after}{value}");

    private static readonly Gen<string> Documents = Gen.OneOf(
        Gen.Select(Members.Array[0, 6], Spaces, (members, space) => $"{{{string.Join($"{space},{space}", members)}}}"),
        Gen.Select(Members.Array[0, 2], Scalars, (members, a) =>
            "{" + string.Join(",", new[] { $"\"a\":{a}", "\"card\":{\"limit\":2,\"tags\":[1,2]}", "\"kind\":\"x\"", "\"id\":\"i\"" }.Concat(members)) + "}"),
        Gen.Select(Members.Array[0, 6], Gen.Int[0, 60], (members, cut) => Cut($"{{{string.Join(',', members)}}}", cut)),
        Gen.Select(Members.Array[0, 2], Scalars, (members, tail) => $"{{{string.Join(',', members)}}}{tail}"),
        Scalars);

    [Fact]
    public void The_quick_way_and_the_careful_way_agree()
    {
        // One pair for all samples: the quick way learns from each record what to expect of the next.
        Side quick = new();
        Side careful = new();
        FastRecordScanner scanner = new(quick.Layout, quick.Writer);
        RecordReader reader = new(careful.Layout, careful.Writer);
        int taken = 0;
        Documents.Sample(
            document =>
            {
                byte[] json = Encoding.UTF8.GetBytes(document);
                quick.Reset();
                careful.Reset();
                if (!scanner.TryScan(json, 0)) return;
                taken++;
                RecordError? error = reader.Read(json, 0);
                Assert.True(error is null, $"{document}: {error}");
                Assert.Equal(careful.Tensor.Buffer, quick.Tensor.Buffer);
                Assert.Equal(careful.Writer.Passthrough(0).ToArray(), quick.Writer.Passthrough(0).ToArray());
            },
            iter: 40_000, threads: 1);
        Assert.True(taken > 1000, $"the quick way took {taken} records only");
    }

    [Theory]
    [InlineData("{\"a\":1,\"a\":2,\"card\":{\"limit\":3},\"kind\":\"x\"}", 2f, 7f, 3f, -1f, 0f)]
    [InlineData("{\"kind\":\"\\u0078\",\"\\u0061\":1,\"card\":{\"limit\":3,\"tags\":[0,8,9]},\"b\":null}", 1f, 7f, 3f, 8f, 0f)]
    [InlineData(" { \"other\" : { \"a\" : [ 1 , { } ] } , \"a\" : -1.5e1 , \"card\" : { \"limit\" : 0 } , \"kind\" : \"nobody\" } ", -15f, 7f, 0f, -1f, -1f)]
    [InlineData("{\"card\":{\"limit\":1,\"tags\":[5,6]},\"a\":1,\"kind\":\"é\\\"\",\"card\":{\"limit\":2}}", 1f, 7f, 2f, -1f, 1f)]
    public void Fields_are_found_wherever_they_stand(string json, params float[] expected)
    {
        Side side = new();
        Assert.Null(side.Decode(json));
        Assert.Equal(expected, side.Tensor.Buffer);
    }

    [Theory]
    [InlineData("{\"a\":1", RecordErrorCodes.MalformedJson)]
    [InlineData("{\"a\":1}}", RecordErrorCodes.MalformedJson)]
    [InlineData("{\"a\":NaN}", RecordErrorCodes.MalformedJson)]
    [InlineData("{\"a\":Infinity}", RecordErrorCodes.MalformedJson)]
    [InlineData("{'a':1}", RecordErrorCodes.MalformedJson)]
    [InlineData("not json", RecordErrorCodes.MalformedJson)]
    [InlineData("", RecordErrorCodes.EmptyValue)]
    [InlineData(null, RecordErrorCodes.NullValue)]
    [InlineData("[1]", RecordErrorCodes.WrongType)]
    [InlineData("5", RecordErrorCodes.WrongType)]
    [InlineData("{\"a\":\"1\",\"card\":{\"limit\":1},\"kind\":\"x\"}", RecordErrorCodes.WrongType)]
    [InlineData("{\"a\":true,\"card\":{\"limit\":1},\"kind\":\"x\"}", RecordErrorCodes.WrongType)]
    [InlineData("{\"a\":[1],\"card\":{\"limit\":1},\"kind\":\"x\"}", RecordErrorCodes.WrongType)]
    [InlineData("{\"a\":1,\"card\":{\"limit\":1},\"kind\":5}", RecordErrorCodes.WrongType)]
    [InlineData("{\"a\":1e39,\"card\":{\"limit\":1},\"kind\":\"x\"}", RecordErrorCodes.NotFinite)]
    [InlineData("{\"a\":1,\"card\":{},\"kind\":\"x\"}", RecordErrorCodes.MissingField)]
    [InlineData("{\"a\":1,\"card\":7,\"kind\":\"x\"}", RecordErrorCodes.MissingField)]
    [InlineData("{\"a\":null,\"card\":{\"limit\":1},\"kind\":\"x\"}", RecordErrorCodes.MissingField)]
    [InlineData("{}", RecordErrorCodes.MissingField)]
    public void A_bad_record_has_a_stable_code(string? json, string code)
    {
        RecordError? error = new Side().Decode(json);
        Assert.Equal(code, error?.Code);
        Assert.EndsWith(".", error!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_malformed()
    {
        byte[] json = [.. "{\"a\":1,\"card\":{\"limit\":1},\"kind\":\"x\",\"id\":\""u8, 0xff, .. "\"}"u8];
        Assert.Equal(RecordErrorCodes.MalformedJson, new Side().Decode(json)?.Code);
    }

    [Fact]
    public void A_detail_names_the_field_and_never_the_value()
    {
        RecordError? error = new Side().Decode("{\"a\":\"4111111111111111\",\"card\":{\"limit\":1},\"kind\":\"x\"}");
        Assert.Equal("/a must be a number, and it is a text.", error?.Detail);
    }

    [Fact]
    public void Deep_nesting_is_refused_without_harm()
    {
        string deep = $"{{\"other\":{new string('[', 5000)}{new string(']', 5000)},\"a\":1}}";
        Assert.Equal(RecordErrorCodes.MalformedJson, new Side().Decode(deep)?.Code);
    }

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    private static string Cut(string text, int cut) => text[..Math.Min(cut, text.Length)];

    private sealed class Side
    {
        private readonly JsonRowDecoder _decoder;

        internal Side()
        {
            Tensor = new FloatTensor("x", Features.Length, 1, [Features.Length]);
            Layout = RecordLayout.Compile(Features.Select((feature, column) => (feature, (InputTensor)Tensor, column)), Passthrough);
            Writer = new RowWriter(Layout, 1);
            _decoder = new JsonRowDecoder(Layout, Writer);
        }

        internal FloatTensor Tensor { get; }

        internal RecordLayout Layout { get; }

        internal RowWriter Writer { get; }

        internal void Reset() => Array.Clear(Tensor.Buffer);

        internal RecordError? Decode(string? json) => Decode(json is null ? null : Encoding.UTF8.GetBytes(json));

        internal RecordError? Decode(byte[]? json) => _decoder.Decode(MemoryRecords.Batch(new byte[]?[] { json }).Records[0], 0);
    }
}
