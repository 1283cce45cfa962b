using StreamInference.Broker.Groups;
using StreamInference.Broker.Topics;
using StreamInference.Broker.Transactions;

namespace StreamInference.Broker.Tests.Transactions;

public sealed class TransactionCoordinatorTests
{
    [Fact]
    public async Task A_commit_marks_every_partition_and_can_be_asked_for_again()
    {
        await using var driver = new TransactionDriver();
        var producer = driver.Initialize();
        Assert.Equal(ErrorCode.None, driver.Add(producer, TransactionDriver.P0, TransactionDriver.P1));
        driver.Write(producer, TransactionDriver.P0, 0);
        Assert.Equal(0, driver.Log(TransactionDriver.P0).LastStableOffset);

        Assert.Equal(ErrorCode.None, driver.End(producer, commit: true));
        Assert.Equal((2, 1), (driver.Log(TransactionDriver.P0).LastStableOffset, driver.Log(TransactionDriver.P1).LastStableOffset));
        Assert.Equal(ErrorCode.None, driver.End(producer, commit: true));
        Assert.Equal(ErrorCode.InvalidTxnState, driver.End(producer, commit: false));
        Assert.Equal(2, driver.Log(TransactionDriver.P0).EndOffset);
    }

    [Fact]
    public async Task An_abandoned_transaction_is_aborted_and_its_producer_fenced()
    {
        await using var driver = new TransactionDriver();
        var producer = driver.Initialize();
        driver.Add(producer, TransactionDriver.P0);
        driver.Write(producer, TransactionDriver.P0, 0);
        driver.Advance(TransactionDriver.Timeout - TimeSpan.FromSeconds(1));
        Assert.Equal(0, driver.Log(TransactionDriver.P0).LastStableOffset);
        driver.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, driver.Log(TransactionDriver.P0).LastStableOffset);
        Assert.Single(driver.Log(TransactionDriver.P0).Producers.Aborted);
        Assert.Equal(ErrorCode.ProducerFenced, driver.End(producer, commit: true));
        Assert.Equal(ErrorCode.ProducerFenced, driver.Add(producer, TransactionDriver.P0));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, driver.OnLoop(() => driver.Coordinator.CheckProduce(producer.ProducerId, producer.Epoch, TransactionDriver.P0)));
        Assert.Equal(ErrorCode.ProducerFenced, driver.Initialize(producer.ProducerId, producer.Epoch).Error);
    }

    [Fact]
    public async Task A_finished_transaction_does_not_time_out_the_next_one()
    {
        await using var driver = new TransactionDriver();
        var producer = driver.Initialize();
        driver.Add(producer, TransactionDriver.P0);
        driver.Advance(TransactionDriver.Timeout - TimeSpan.FromSeconds(1));
        driver.End(producer, commit: true);
        driver.Add(producer, TransactionDriver.P0);
        driver.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(ErrorCode.None, driver.End(producer, commit: true));
    }

    [Fact]
    public async Task A_new_producer_aborts_what_the_last_one_left_and_has_a_higher_epoch()
    {
        await using var driver = new TransactionDriver();
        var old = driver.Initialize();
        driver.Add(old, TransactionDriver.P0);
        driver.Write(old, TransactionDriver.P0, 0);

        var next = driver.Initialize();
        Assert.Equal((old.ProducerId, true), (next.ProducerId, next.Epoch > old.Epoch));
        Assert.Single(driver.Log(TransactionDriver.P0).Producers.Aborted);
        Assert.Equal(ErrorCode.ProducerFenced, driver.End(old, commit: true));
        driver.Add(next, TransactionDriver.P0);
        driver.Write(next, TransactionDriver.P0, 0);
        Assert.Equal(ErrorCode.None, driver.End(next, commit: true));
    }

    [Fact]
    public async Task A_producer_bumps_its_own_epoch_and_may_ask_twice()
    {
        await using var driver = new TransactionDriver();
        var first = driver.Initialize();
        var second = driver.Initialize(first.ProducerId, first.Epoch);
        Assert.Equal(first.Epoch + 1, second.Epoch);
        Assert.Equal(second, driver.Initialize(first.ProducerId, first.Epoch)); // the answer was lost
        Assert.Equal(ErrorCode.ProducerFenced, driver.Initialize(first.ProducerId + 1, 0).Error);
        var other = driver.Initialize();
        Assert.Equal(ErrorCode.ProducerFenced, driver.Initialize(second.ProducerId, second.Epoch).Error);
        Assert.Equal(ErrorCode.None, other.Error);
    }

    [Fact]
    public async Task An_exhausted_epoch_gives_a_new_producer_id()
    {
        await using var driver = new TransactionDriver();
        var producer = driver.Initialize();
        for (var i = 0; i < short.MaxValue - 1; i++) producer = driver.Initialize();
        Assert.Equal(short.MaxValue - 1, producer.Epoch);
        var renewed = driver.Initialize();
        Assert.Equal(0, renewed.Epoch);
        Assert.NotEqual(producer.ProducerId, renewed.ProducerId);
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, driver.Add(producer, TransactionDriver.P0));
        Assert.Equal(ErrorCode.None, driver.Add(renewed, TransactionDriver.P0));
    }

    [Fact]
    public async Task Offsets_are_pending_until_the_end()
    {
        await using var driver = new TransactionDriver();
        var producer = driver.Initialize();
        var offsets = driver.Groups.FindOrCreate("group").Offsets;
        Assert.Equal(ErrorCode.InvalidTxnState, driver.OnLoop(() => driver.Coordinator.CheckGroup("id", producer.ProducerId, producer.Epoch, "group")));
        driver.OnLoop(() => driver.Coordinator.AddGroup("id", producer.ProducerId, producer.Epoch, "group"));
        Assert.Equal(ErrorCode.None, driver.OnLoop(() => driver.Coordinator.CheckGroup("id", producer.ProducerId, producer.Epoch, "group")));
        offsets.AddPending(producer.ProducerId, [KeyValuePair.Create(TransactionDriver.P0, new CommittedOffset(5, -1, null, 0))]);
        Assert.True(offsets.IsUnstable(TransactionDriver.P0));
        Assert.Empty(offsets.Committed);

        driver.End(producer, commit: true);
        Assert.False(offsets.IsUnstable(TransactionDriver.P0));
        Assert.Equal(5, offsets.Committed[TransactionDriver.P0].Offset);
    }

    [Fact]
    public async Task A_batch_belongs_to_a_partition_of_the_open_transaction_only()
    {
        await using var driver = new TransactionDriver();
        var producer = driver.Initialize();
        Assert.Equal(ErrorCode.InvalidTxnState, Check(TransactionDriver.P0));
        driver.Add(producer, TransactionDriver.P0);
        Assert.Equal(ErrorCode.None, Check(TransactionDriver.P0));
        Assert.Equal(ErrorCode.InvalidTxnState, Check(TransactionDriver.P1));
        driver.End(producer, commit: false);
        Assert.Equal(ErrorCode.InvalidTxnState, Check(TransactionDriver.P0));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, driver.OnLoop(() => driver.Coordinator.CheckProduce(99, 0, TransactionDriver.P0)));

        ErrorCode Check(TopicPartition partition) => driver.OnLoop(() => driver.Coordinator.CheckProduce(producer.ProducerId, producer.Epoch, partition));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15 * 60 * 1000 + 1)]
    public async Task A_timeout_out_of_bounds_is_refused(int milliseconds)
    {
        await using var driver = new TransactionDriver();
        var identity = driver.OnLoop(() => driver.Coordinator.Initialize("id", TimeSpan.FromMilliseconds(milliseconds), -1, -1));
        Assert.Equal(ErrorCode.InvalidTransactionTimeout, identity.Error);
        Assert.Null(driver.Coordinator.Find("id"));
    }

    [Fact]
    public void Every_state_can_be_reached_and_left_as_the_table_says()
    {
        Assert.True(TransactionStates.MayFollow(TransactionState.Ongoing, TransactionState.PrepareCommit));
        Assert.False(TransactionStates.MayFollow(TransactionState.Empty, TransactionState.PrepareCommit));
        Assert.False(TransactionStates.MayFollow(TransactionState.PrepareCommit, TransactionState.PrepareAbort));
        Assert.False(TransactionStates.MayFollow(TransactionState.CompleteCommit, TransactionState.CompleteAbort));
    }
}
