using System.Text;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Control;
using StreamInference.Runners;

namespace StreamInference.Kafka.Tests.Control;

public sealed class CancellationRecordTests
{
    [Theory]
    [InlineData("question-1")]
    [InlineData("prompts/3/17")]
    [InlineData("a \"quoted\" idé")]
    public void What_a_client_writes_a_worker_reads(string id) =>
        Assert.Equal(new RequestCancellation(id, 42), CancellationRecord.Read(Record(CancellationRecord.Write(id))));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("question-1")]
    [InlineData("[\"cancel\"]")]
    [InlineData("{\"cancel\":7}")]
    [InlineData("{\"cancel\":\"\"}")]
    [InlineData("{\"id\":\"question-1\"}")]
    public void Anything_else_is_no_cancellation(string? value) =>
        Assert.Null(CancellationRecord.Read(Record(value is null ? null : Encoding.UTF8.GetBytes(value))));

    private static TopicRecord Record(byte[]? value) => new("control", 0, 0, 42, null, value, []);
}
