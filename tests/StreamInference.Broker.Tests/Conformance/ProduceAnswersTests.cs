using System.Buffers.Binary;
using StreamInference.Broker.Tests.EndToEnd;
using StreamInference.Broker.Tests.Logs;

namespace StreamInference.Broker.Tests.Conformance;

public sealed class ProduceAnswersTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task Batches_are_refused_as_kafka_refuses_them()
    {
        using var session = await Session.OpenAsync(fixture);
        Assert.Equal((ErrorCode.None, 0), await session.ProduceAsync(TestBatch.Of(2)));
        Assert.Equal((ErrorCode.CorruptMessage, -1), await session.ProduceAsync(Unsealed(static batch => batch[^1] ^= 1)));
        Assert.Equal((ErrorCode.InvalidRecord, -1), await session.ProduceAsync(Changed(static batch => BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(57), 5))));
        Assert.Equal((ErrorCode.InvalidRecord, -1), await session.ProduceAsync(Changed(static batch => BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(23), 7))));
        Assert.Equal((ErrorCode.InvalidRecord, -1), await session.ProduceAsync(Changed(static batch => batch[22] = 0x20)));
        Assert.Equal((ErrorCode.InvalidRecord, -1), await session.ProduceAsync([.. TestBatch.Of(1).ToBytes(), .. TestBatch.Of(1).ToBytes()]));
        Assert.Equal((ErrorCode.UnknownTopicOrPartition, -1), await session.ProduceAsync(TestBatch.Of(1), partition: 9));
        Assert.Equal((ErrorCode.UnknownTopicOrPartition, -1), await session.ProduceAsync(TestBatch.Of(1), topic: "none"));
        Assert.Equal((ErrorCode.None, 2), await session.ProduceAsync(TestBatch.Of(1)));
    }

    [Fact]
    public async Task Sequences_and_epochs_are_judged_as_kafka_judges_them()
    {
        using var session = await Session.OpenAsync(fixture);
        var (_, id, _) = await session.InitAsync(null);
        Assert.Equal((ErrorCode.None, 0), await session.ProduceAsync(TestBatch.Idempotent(id, 0, 0, 2)));
        Assert.Equal((ErrorCode.None, 0), await session.ProduceAsync(TestBatch.Idempotent(id, 0, 0, 2)));
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1), await session.ProduceAsync(TestBatch.Idempotent(id, 0, 5, 2)));
        Assert.Equal((ErrorCode.None, 2), await session.ProduceAsync(TestBatch.Idempotent(id, 0, 2, 2)));
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1), await session.ProduceAsync(TestBatch.Idempotent(id, 1, 5)));
        Assert.Equal((ErrorCode.None, 4), await session.ProduceAsync(TestBatch.Idempotent(id, 1, 0)));
        Assert.Equal((ErrorCode.InvalidProducerEpoch, -1), await session.ProduceAsync(TestBatch.Idempotent(id, 0, 4)));
        Assert.Equal((ErrorCode.None, 0), await session.ProduceAsync(TestBatch.Idempotent(id + 77_777, 0, 7), partition: 1));
        Assert.Equal((ErrorCode.InvalidRecord, -1), await session.ProduceAsync(TestBatch.Idempotent(id, 1, -1)));
    }

    private static byte[] Changed(Action<byte[]> change) => TestBatch.Seal(Unsealed(change));

    private static byte[] Unsealed(Action<byte[]> change)
    {
        var batch = TestBatch.Of(2).ToBytes();
        change(batch);
        return batch;
    }
}
