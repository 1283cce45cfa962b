using StreamInference.Broker.Protocol.Messages;
using StreamInference.Broker.Tests.EndToEnd;
using StreamInference.Broker.Tests.Logs;

namespace StreamInference.Broker.Tests.Conformance;

public sealed class ReadAnswersTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task Offsets_and_epochs_are_found_as_by_kafka()
    {
        using var session = await FilledAsync();
        Assert.Equal((ErrorCode.None, 12), await session.ListOffsetAsync(-1));
        Assert.Equal((ErrorCode.None, 0), await session.ListOffsetAsync(-2));
        Assert.Equal((ErrorCode.None, 0), await session.ListOffsetAsync(0));
        Assert.Equal((ErrorCode.None, -1), await session.ListOffsetAsync(long.MaxValue));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await session.ListOffsetAsync(-1, partition: 9)).Error);
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, (await session.ListOffsetAsync(-1, leaderEpoch: 55)).Error);
        Assert.Equal((ErrorCode.None, 0, 12), await session.EpochEndAsync(0));
        Assert.Equal((ErrorCode.None, -1, -1), await session.EpochEndAsync(9));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await session.EpochEndAsync(0, partition: 9)).Error);
    }

    [Fact]
    public async Task Fetches_are_answered_as_by_kafka()
    {
        using var session = await FilledAsync();
        var inside = await session.FetchAsync(3);
        Assert.Equal((ErrorCode.None, 12, 0), (inside.ErrorCode, inside.HighWatermark, inside.LogStartOffset));
        Assert.Equal(2, TestBatch.Read(inside.Records.First.Span)[0].Offset); // the whole batch that holds 3
        Assert.Equal((ErrorCode.None, 0), await Describe(session.FetchAsync(12)));
        Assert.Equal((ErrorCode.OffsetOutOfRange, 0), await Describe(session.FetchAsync(999)));
        Assert.Equal((ErrorCode.OffsetOutOfRange, 0), await Describe(session.FetchAsync(-5)));
        Assert.Equal(-1, (await session.FetchAsync(999)).HighWatermark);
        Assert.Equal((ErrorCode.UnknownLeaderEpoch, 0), await Describe(session.FetchAsync(0, leaderEpoch: 77)));
        Assert.Equal((ErrorCode.UnknownTopicOrPartition, 0), await Describe(session.FetchAsync(0, partition: 9)));
        Assert.Equal(TestBatch.Of(2).ToBytes().Length, (await session.FetchAsync(0, maxBytes: 1)).Records.Length);
    }

    [Fact]
    public async Task Deleted_records_are_out_of_range_as_in_kafka()
    {
        using var session = await FilledAsync();
        Assert.Equal((ErrorCode.OffsetOutOfRange, -1), await session.DeleteRecordsAsync(99_999));
        Assert.Equal((ErrorCode.None, 2), await session.DeleteRecordsAsync(2));
        Assert.Equal((ErrorCode.OffsetOutOfRange, 0), await Describe(session.FetchAsync(0)));
        Assert.Equal((ErrorCode.None, 2), await session.ListOffsetAsync(-2));
    }

    private async Task<Session> FilledAsync()
    {
        var session = await Session.OpenAsync(fixture);
        for (var i = 0; i < 6; i++) await session.ProduceAsync(TestBatch.Of(2));
        return session;
    }

    private static async Task<(ErrorCode Error, int Bytes)> Describe(Task<FetchResponse.PartitionEntry> fetch)
    {
        var answer = await fetch;
        return (answer.ErrorCode, answer.Records.Length);
    }
}
