using StreamInference.Broker.Tests.EndToEnd;
using StreamInference.Broker.Tests.Logs;

namespace StreamInference.Broker.Tests.Conformance;

public sealed class TransactionAnswersTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task Identities_are_given_and_refused_as_by_kafka()
    {
        using var session = await Session.OpenAsync(fixture);
        Assert.Equal(ErrorCode.InvalidTransactionTimeout, (await session.InitAsync(session.Transaction, timeoutMs: 0)).Error);
        Assert.Equal(ErrorCode.InvalidTransactionTimeout, (await session.InitAsync(session.Transaction, timeoutMs: 100_000_000)).Error);
        Assert.Equal(ErrorCode.InvalidRequest, (await session.InitAsync("")).Error);
        var (_, id, epoch) = await session.InitAsync(session.Transaction);
        Assert.Equal(0, epoch);
        Assert.Equal((ErrorCode.None, id, (short)1), await session.InitAsync(session.Transaction, producerId: id, epoch: 0));
        Assert.Equal((ErrorCode.None, id, (short)1), await session.InitAsync(session.Transaction, producerId: id, epoch: 0));
        Assert.Equal(ErrorCode.ProducerFenced, (await session.InitAsync(session.Transaction, producerId: id + 3, epoch: 0)).Error);
        Assert.Equal(ErrorCode.ProducerFenced, (await session.InitAsync(session.Transaction, producerId: id, epoch: 99)).Error);
    }

    [Fact]
    public async Task A_transaction_is_led_as_kafka_leads_it()
    {
        using var session = await Session.OpenAsync(fixture);
        var (_, id, epoch) = await session.InitAsync(session.Transaction);
        var batch = TestBatch.Idempotent(id, epoch, 0, transactional: true);
        Assert.Equal(ErrorCode.InvalidTxnState, await session.EndAsync(id, epoch, commit: true));
        Assert.Equal((ErrorCode.InvalidTxnState, -1), await session.ProduceAsync(batch));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await session.AddAsync(id, epoch, "none"));
        Assert.Equal(ErrorCode.ProducerFenced, await session.AddAsync(id, (short)(epoch + 1)));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, await session.AddAsync(id + 1, epoch));
        Assert.Equal(ErrorCode.None, await session.AddAsync(id, epoch));
        Assert.Equal((ErrorCode.None, 0), await session.ProduceAsync(batch));
        Assert.Equal((ErrorCode.InvalidTxnState, -1), await session.ProduceAsync(TestBatch.Idempotent(id, epoch, 1)));
        Assert.Equal((ErrorCode.InvalidTxnState, -1), await session.ProduceAsync(batch, partition: 1));
        Assert.Equal((ErrorCode.InvalidProducerEpoch, -1), await session.ProduceAsync(TestBatch.Idempotent(id, (short)(epoch + 1), 0, transactional: true)));
        Assert.Equal(ErrorCode.None, await session.EndAsync(id, epoch, commit: true));
        Assert.Equal(ErrorCode.None, await session.EndAsync(id, epoch, commit: true));
        Assert.Equal(ErrorCode.InvalidTxnState, await session.EndAsync(id, epoch, commit: false));
        Assert.Equal(ErrorCode.ProducerFenced, await session.EndAsync(id, (short)(epoch + 1), commit: true));
        Assert.Equal(ErrorCode.ProducerFenced, await session.EndAsync(id, (short)(epoch - 1), commit: true));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, await session.EndAsync(id + 5, epoch, commit: true));
        Assert.Equal((ErrorCode.InvalidTxnState, -1), await session.ProduceAsync(batch));
    }

    [Fact]
    public async Task Offsets_of_a_transaction_are_judged_as_by_kafka()
    {
        using var session = await Session.OpenAsync(fixture);
        var (_, id, epoch) = await session.InitAsync(session.Transaction);
        Assert.Equal(ErrorCode.None, await session.AddOffsetsAsync(id, epoch));
        Assert.Equal(ErrorCode.IllegalGeneration, await session.TxnOffsetCommitAsync(id, epoch, 5, "member"));
        Assert.Equal(ErrorCode.None, await session.TxnOffsetCommitAsync(id, epoch, -1, ""));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await session.TxnOffsetCommitAsync(id, (short)(epoch - 1), -1, ""));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await session.TxnOffsetCommitAsync(id, epoch, -1, "", topic: "none"));
        Assert.Equal(ErrorCode.InvalidGroupId, await session.TxnOffsetCommitAsync(id, epoch, -1, "", group: ""));
        Assert.Equal((ErrorCode.UnstableOffsetCommit, -1), await session.OffsetFetchAsync(requireStable: true));
        Assert.Equal((ErrorCode.None, -1), await session.OffsetFetchAsync(requireStable: false));
        Assert.Equal(ErrorCode.None, await session.EndAsync(id, epoch, commit: true));
        Assert.Equal((ErrorCode.None, 5), await session.OffsetFetchAsync(requireStable: true));
        Assert.Equal((ErrorCode.None, -1), await session.OffsetFetchAsync(requireStable: true, topic: "none"));
    }

    [Fact]
    public async Task Offsets_for_a_group_with_members_are_judged_as_by_kafka()
    {
        using var session = await Session.OpenAsync(fixture);
        var member = await session.JoinAsync((await session.JoinAsync("")).MemberId);
        await session.SyncAsync(member.MemberId, member.GenerationId);
        var (_, id, epoch) = await session.InitAsync(session.Transaction);
        await session.AddOffsetsAsync(id, epoch);
        Assert.Equal(ErrorCode.None, await session.TxnOffsetCommitAsync(id, epoch, -1, ""));
        Assert.Equal(ErrorCode.IllegalGeneration, await session.TxnOffsetCommitAsync(id, epoch, -1, member.MemberId));
        Assert.Equal(ErrorCode.None, await session.TxnOffsetCommitAsync(id, epoch, member.GenerationId, member.MemberId));
        Assert.Equal(ErrorCode.IllegalGeneration, await session.TxnOffsetCommitAsync(id, epoch, member.GenerationId + 1, member.MemberId));
        Assert.Equal(ErrorCode.UnknownMemberId, await session.TxnOffsetCommitAsync(id, epoch, member.GenerationId, "other"));
        Assert.Equal(ErrorCode.UnknownMemberId, await session.TxnOffsetCommitAsync(id, epoch, member.GenerationId, member.MemberId, "instance"));
        Assert.Equal(ErrorCode.None, await session.EndAsync(id, epoch, commit: false));
        Assert.Equal((ErrorCode.None, -1), await session.OffsetFetchAsync(requireStable: true));
    }
}
