using System.Buffers;
using System.Text;
using System.Text.Json;
using StreamInference.Configuration;
using StreamInference.Llm.Streams;
using StreamInference.Records;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Llm.Tests.Streams;

public sealed class RequestTemplateTests
{
    [Fact]
    public void A_record_becomes_a_request()
    {
        RequestTemplate template = new(new RequestConfig { Id = "{/tx}", Prompt = "score {/score:0%}\n", MaxTokens = 40, Temperature = 0, Stop = ["\n\n"] });
        Assert.Equal("""{"id":"t1","prompt":"score 91%\n","max_tokens":40,"temperature":0,"stop":["\n\n"]}""", Write(template, """{"tx":"t1","score":0.91}"""));
    }

    [Fact]
    public void A_record_becomes_a_chat()
    {
        RequestTemplate template = new(new RequestConfig { System = "Be short, {/who}.", User = "Why {/x}?" });
        Assert.Equal(
            """{"messages":[{"role":"system","content":"Be short, Ann."},{"role":"user","content":"Why 7?"}]}""",
            Write(template, """{"who":"Ann","x":7}"""));
    }

    [Fact]
    public async Task Scores_become_answers_and_one_without_the_fields_becomes_an_error_and_a_dead_letter()
    {
        ScriptedSink sink = new();
        TokenStreamOptions options = new() { Request = new RequestTemplate(new RequestConfig { Prompt = "tell me of {/tx}", MaxTokens = 3, Temperature = 0 }) };
        await using StreamBench bench = new(sink, options);
        bench.Append(["""{"tx":"t1","max_tokens":9}""", """{"other":1}""", "[1]", """{"tx":"""]);
        bench.Assign();
        bench.RunUntilCommitted(4);
        Dictionary<long, Answer> answers = StreamBench.Read(sink);
        // What the record says of itself is no field of the request.
        Assert.Equal(("length", 3), (answers[0].FinishReason, answers[0].Tokens.Count));
        Assert.Equal([RecordErrorCodes.MissingField], answers[1].DeadLetters);
        Assert.Equal([RecordErrorCodes.MissingField], answers[2].DeadLetters);
        Assert.Equal([RecordErrorCodes.MalformedJson], answers[3].DeadLetters);
        Assert.Equal("error", answers[1].FinishReason);
    }

    private static string Write(RequestTemplate template, string record)
    {
        using JsonDocument document = JsonDocument.Parse(record);
        ArrayBufferWriter<byte> request = new();
        Assert.Null(template.Write(document.RootElement, request));
        return Encoding.UTF8.GetString(request.WrittenSpan);
    }
}
