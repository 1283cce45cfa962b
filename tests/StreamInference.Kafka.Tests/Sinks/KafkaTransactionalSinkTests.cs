using CsCheck;
using Microsoft.Extensions.Time.Testing;
using StreamInference.Commit;
using StreamInference.Kafka.Native;

namespace StreamInference.Kafka.Tests.Sinks;

public sealed class KafkaTransactionalSinkTests
{
    [Fact]
    public void A_commit_is_begin_produce_offsets_commit()
    {
        using SinkBench bench = new(_ => null);
        Assert.Equal(CommitOutcome.Committed, bench.Sink.Commit(bench.Request()));
        Assert.Equal(
            [ProducerEvent.Init, ProducerEvent.Begin, ProducerEvent.Produce, ProducerEvent.Produce, ProducerEvent.SendOffsets, ProducerEvent.Commit],
            bench.Producers.Single().Events);
    }

    [Fact]
    public void Offsets_that_timed_out_are_sent_again_and_not_committed_past()
    {
        int sends = 0;
        using SinkBench bench = new(call => call == ProducerEvent.SendOffsets && sends++ == 0 ? SinkBench.Retriable() : null);
        CommitRequest request = bench.Request();
        Assert.Equal(CommitOutcome.Retry, bench.Sink.Commit(request));
        Assert.Equal(CommitOutcome.Committed, bench.Sink.Commit(request));
        Assert.Equal([ProducerEvent.SendOffsets, ProducerEvent.SendOffsets, ProducerEvent.Commit], bench.Producers.Single().Events[^3..]);
    }

    [Fact]
    public void An_undecided_commit_is_repeated_alone_and_the_next_transaction_has_a_new_producer()
    {
        int commits = 0;
        using SinkBench bench = new(call => call == ProducerEvent.Commit && commits++ == 0 ? SinkBench.Retriable() : null);
        CommitRequest request = bench.Request();
        Assert.Equal(CommitOutcome.Retry, bench.Sink.Commit(request));
        Assert.Throws<InvalidOperationException>(() => bench.Sink.Commit(bench.Request()));
        Assert.Equal(CommitOutcome.Committed, bench.Sink.Commit(request));
        Assert.Equal(CommitOutcome.Committed, bench.Sink.Commit(bench.Request()));
        Assert.Equal([true, false], bench.Producers.Select(producer => producer.IsDisposed));
        Assert.Equal([2, 2], bench.Producers.Select(producer => producer.CommittedRecords));
    }

    [Fact]
    public void An_outcome_that_stays_open_is_left_to_a_new_worker()
    {
        FakeTimeProvider time = new();
        using SinkBench bench = new(call => call == ProducerEvent.Commit ? SinkBench.Retriable() : null, time);
        CommitRequest request = bench.Request();
        Assert.Equal(CommitOutcome.Retry, bench.Sink.Commit(request));
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(CommitOutcome.Retry, bench.Sink.Commit(request));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(CommitOutcome.Fenced, bench.Sink.Commit(request));
        Assert.Equal(CommitOutcome.Fenced, bench.Sink.Commit(bench.Request()));
    }

    [Theory]
    [InlineData("fatal", CommitOutcome.Fenced)]
    [InlineData("unauthorized", CommitOutcome.Fatal)]
    [InlineData("abortable", CommitOutcome.Aborted)]
    [InlineData("retriable", CommitOutcome.Retry)]
    [InlineData("plain", CommitOutcome.Fatal)]
    public void Errors_are_told_by_what_they_demand(string kind, CommitOutcome outcome)
    {
        KafkaFailure failure = kind switch
        {
            "fatal" => SinkBench.Fatal(),
            "unauthorized" => SinkBench.Fatal(KafkaErrorCode.TransactionalIdAuthorizationFailed),
            "abortable" => SinkBench.Abortable(),
            "retriable" => SinkBench.Retriable(),
            _ => SinkBench.Plain(),
        };
        using SinkBench bench = new(call => call == ProducerEvent.SendOffsets ? failure : null);
        Assert.Equal(outcome, bench.Sink.Commit(bench.Request()));
        Assert.Contains(failure.Message, bench.Sink.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fatal_error_that_also_asks_for_an_abort_is_fatal()
    {
        using SinkBench bench = new(call => call == ProducerEvent.Commit ? new KafkaFailure(KafkaErrorCode.Fenced, true, true, true, "all flags") : null);
        Assert.Equal(CommitOutcome.Fenced, bench.Sink.Commit(bench.Request()));
        Assert.DoesNotContain(ProducerEvent.Abort, bench.Producers.Single().Events);
    }

    [Fact]
    public void An_abort_that_is_fatal_leads_to_a_new_producer()
    {
        using SinkBench bench = new(call => call switch
        {
            ProducerEvent.SendOffsets => SinkBench.Abortable(),
            ProducerEvent.Abort => SinkBench.Fatal(48),
            _ => null,
        });
        Assert.Equal(CommitOutcome.Fenced, bench.Sink.Commit(bench.Request()));
    }

    [Fact]
    public void Without_a_member_id_the_transaction_is_aborted()
    {
        using SinkBench bench = new(_ => null) { IsMember = false };
        Assert.Equal(CommitOutcome.Aborted, bench.Sink.Commit(bench.Request()));
        Assert.DoesNotContain(ProducerEvent.SendOffsets, bench.Producers.Single().Events);
        Assert.DoesNotContain(ProducerEvent.Commit, bench.Producers.Single().Events);
    }

    [Fact]
    public void A_partition_that_went_away_between_two_tries_aborts_the_transaction()
    {
        using SinkBench bench = new(call => call == ProducerEvent.SendOffsets ? SinkBench.Retriable() : null);
        CommitRequest request = bench.Request();
        Assert.Equal(CommitOutcome.Retry, bench.Sink.Commit(request));
        bench.Assignment.Deactivate();
        Assert.Equal(CommitOutcome.Aborted, bench.Sink.Commit(request));
        Assert.Equal(ProducerEvent.Abort, bench.Producers.Single().Events[^1]);
    }

    [Fact]
    public void A_commit_that_was_sent_is_brought_to_its_end_though_the_partition_went_away()
    {
        int commits = 0;
        using SinkBench bench = new(call => call == ProducerEvent.Commit && commits++ == 0 ? SinkBench.Retriable() : null);
        CommitRequest request = bench.Request();
        Assert.Equal(CommitOutcome.Retry, bench.Sink.Commit(request));
        bench.Assignment.Deactivate();
        Assert.Equal(CommitOutcome.Committed, bench.Sink.Commit(request));
    }

    [Fact]
    public void A_full_queue_is_no_error_and_no_record_is_produced_twice()
    {
        int produces = 0;
        using SinkBench bench = new(call => call == ProducerEvent.Produce && produces++ % 2 == 0 ? SinkBench.Plain(KafkaErrorCode.QueueFull) : null);
        CommitRequest request = bench.Request(5);
        CommitOutcome outcome;
        while ((outcome = bench.Sink.Commit(request)) == CommitOutcome.Retry)
        {
        }

        Assert.Equal(CommitOutcome.Committed, outcome);
        Assert.Equal(5, bench.Producers.Single().CommittedRecords);
    }

    [Fact]
    public void A_record_that_was_not_delivered_aborts_and_keeps_the_work()
    {
        SinkBench? bench = null;
        int begins = 0;
        using (bench = new SinkBench(call =>
        {
            if (call == ProducerEvent.Begin && begins++ == 0) bench!.Producers[0].FailRecord(1, -192);
            return null;
        }))
        {
            CommitRequest request = bench.Request();
            Assert.Equal(CommitOutcome.Aborted, bench.Sink.Commit(request));
            Assert.Equal(CommitOutcome.Committed, bench.Sink.Commit(request));
            Assert.Equal(2, bench.Producers.Single().CommittedRecords);
        }
    }

    [Fact]
    public void The_watchdog_bites_when_a_call_does_not_come_back()
    {
        FakeTimeProvider time = new();
        List<string> bites = [];
        using SinkBench bench = new(
            call =>
            {
                // As when the client blocks in send-offsets.
                if (call == ProducerEvent.SendOffsets) time.Advance(TimeSpan.FromSeconds(30));
                return null;
            },
            time,
            bites.Add);
        bench.Sink.Commit(bench.Request());
        Assert.Contains("p-0", Assert.Single(bites), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Single(bites);
    }

    [Fact]
    public void Whatever_fails_the_rules_of_transactions_hold()
    {
        Gen<KafkaFailure?> failures = Gen.Frequency(
            (6, Gen.Const((KafkaFailure?)null)),
            (2, Gen.Const((KafkaFailure?)SinkBench.Retriable())),
            (2, Gen.Const((KafkaFailure?)SinkBench.Abortable())),
            (1, Gen.Const((KafkaFailure?)SinkBench.Fatal())));
        failures.Array[1, 60].Sample(
            script =>
            {
                int at = 0;
                using SinkBench bench = new(call => call is ProducerEvent.Produce || at >= script.Length ? null : Fitting(call, script[at++]));
                int committed = 0;
                for (int i = 0; i < 4; i++)
                {
                    CommitRequest request = bench.Request();
                    CommitOutcome outcome;
                    while ((outcome = bench.Sink.Commit(request)) is CommitOutcome.Retry or CommitOutcome.Aborted)
                    {
                    }

                    if (outcome == CommitOutcome.Committed) committed++;
                    else break;
                }

                Assert.All(bench.Producers, producer => Assert.Empty(producer.Violations));
                Assert.All(bench.Producers, producer => Assert.Equal(0, producer.CommitsWithoutOffsets));
                Assert.Equal(committed * 2, bench.Producers.Sum(producer => producer.CommittedRecords));
            },
            iter: 2000);
    }

    // Begin is local and never retriable; init and abort never ask for an abort.
    private static KafkaFailure? Fitting(ProducerEvent call, KafkaFailure? failure) => call switch
    {
        ProducerEvent.Begin when failure is { IsFatal: false } => null,
        ProducerEvent.Init or ProducerEvent.Abort when failure is { RequiresAbort: true } => null,
        _ => failure,
    };
}
