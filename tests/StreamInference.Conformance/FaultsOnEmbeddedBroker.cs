using StreamInference.Broker;
using StreamInference.Commit;
using StreamInference.Kafka.Sinks;
using StreamInference.TestKit.Kafka;

namespace StreamInference.Conformance;

/// <summary>Single requests of the transaction are lost, refused or answered too late; each result is visible once nevertheless.</summary>
public sealed class FaultsOnEmbeddedBroker
{
    public static TheoryData<string, ApiKey> Faults()
    {
        TheoryData<string, ApiKey> data = [];
        foreach (ApiKey key in (ApiKey[])[ApiKey.AddPartitionsToTxn, ApiKey.Produce, ApiKey.AddOffsetsToTxn, ApiKey.TxnOffsetCommit, ApiKey.EndTxn])
            foreach (string fault in (string[])["drop", "drop response", "disconnect", "coordinator moves"])
                data.Add(fault, key);
        data.Add("generation is stale", ApiKey.TxnOffsetCommit);
        data.Add("member is unknown", ApiKey.TxnOffsetCommit);
        return data;
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_in_one_request_costs_time_and_nothing_else(string fault, ApiKey key)
    {
        await using EmbeddedKafkaCluster cluster = await EmbeddedKafkaCluster.StartAsync(TestContext.Current.CancellationToken);
        using KafkaRig rig = await new KafkaRig(cluster).SetUpAsync();
        await rig.FeedAsync(0, "a", "b");
        using Member member = new(rig.Source());
        KafkaSinkOptions options = rig.SinkOptions("0", ("socket.timeout.ms", "300")) with { CallTimeout = TimeSpan.FromMilliseconds(500) };
        KafkaTransactionalSink sink = rig.Sink(options, member.Kafka, inner => inner);
        member.Start().PollUntil(() => member.Records.Count == 2);
        // Each of the two transactions meets the fault once.
        using FaultHandle handle = cluster.Broker.Control(key, context => context.Attempt is 1 or 3 && IsOurs(context, key) ? Action(fault, key) : FaultAction.Pass);
        for (int i = 0; i < 2; i++)
        {
            CommitRequest request = Member.Echo(member.Records.Skip(i).Take(1));
            Deadline deadline = new(TimeSpan.FromSeconds(30));
            while (sink.Commit(request) is var outcome and not CommitOutcome.Committed)
            {
                deadline.Check(() => $"{outcome}: {sink.LastError}");
                Assert.NotEqual(CommitOutcome.Fatal, outcome);
                if (outcome == CommitOutcome.Fenced) sink = rig.Sink(options, member.Kafka, inner => inner);
                if (outcome != CommitOutcome.Retry) member.Poll(TimeSpan.FromMilliseconds(10));
            }
        }

        Assert.True(handle.Fired > 0, $"{fault} of {key} did not happen");
        Assert.Equal(["a", "b"], rig.ReadValues(rig.Output).Order());
        Assert.Equal(2, await rig.CommittedAsync(0));
    }

    // The input is fed before the fault is armed, so every produce is the sink's.
    private static bool IsOurs(FaultContext context, ApiKey key) => key == ApiKey.Produce || context.TransactionalId is not null;

    private static FaultAction Action(string fault, ApiKey key) => fault switch
    {
        "drop" => FaultAction.Drop,
        "drop response" => FaultAction.DropResponse,
        "disconnect" => FaultAction.Disconnect,
        "disconnect after" => FaultAction.DisconnectAfter,
        "generation is stale" => FaultAction.Answer(ErrorCode.IllegalGeneration),
        "member is unknown" => FaultAction.Answer(ErrorCode.UnknownMemberId),
        _ => FaultAction.Answer(key == ApiKey.Produce ? ErrorCode.NotLeaderOrFollower : ErrorCode.NotCoordinator),
    };
}
