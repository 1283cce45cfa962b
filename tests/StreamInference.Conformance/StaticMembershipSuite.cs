using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Configuration;
using StreamInference.Kafka;
using StreamInference.Kafka.Sources;
using StreamInference.Sources;
using StreamInference.TestKit.Kafka;

namespace StreamInference.Conformance;

/// <summary>Members with names of their own, which come back after a crash as who they were.</summary>
public abstract class StaticMembershipSuite
{
    /// <summary>The cluster under test; skips the test where there is none.</summary>
    protected abstract Task<KafkaCluster> ClusterAsync();

    [Fact]
    public async Task A_member_that_dies_between_the_two_rounds_of_a_rebalance_leaves_no_partition_without_an_owner()
    {
        using KafkaRig rig = await new KafkaRig(await ClusterAsync()).SetUpAsync(2);
        using Worker first = new(rig, "first"), second = new(rig, "second"), restarted = new(rig, "first");
        bool died = false;
        first.Join();
        first.Member!.PollUntil(() => first.Partitions == 2);
        // It has given a partition up and not yet said so: here it dies and comes back.
        first.Member.WhenRevoked = _ =>
        {
            restarted.Join();
            restarted.Member!.PollUntil(() => restarted.Partitions > 0, second.Member!);
            died = true;
        };
        second.Join();
        Deadline deadline = new(TimeSpan.FromSeconds(90));
        while (!died)
        {
            deadline.Check(() => "nothing was revoked");
            second.Poll();
            // Where it lives on, it finds out in the same poll that another has its name.
            first.PollOrFail();
        }

        while (restarted.Partitions + second.Partitions < 2)
        {
            deadline.Check(() => $"{restarted.Partitions} and {second.Partitions} partitions");
            restarted.Poll();
            second.Poll();
        }

        Assert.True(died);
    }

    /// <summary>A member that joins again when its source fails, as a worker does.</summary>
    private sealed class Worker(KafkaRig rig, string instance) : IDisposable
    {
        private readonly KafkaTransport _transport = new(NullLoggerFactory.Instance, instance: instance);

        public Member? Member { get; private set; }

        public int Partitions => Member?.Partitions.Count() ?? 0;

        public void Join()
        {
            PipelineConfig config = new()
            {
                Name = rig.Group,
                Input = new InputConfig { Topic = rig.Input, Group = rig.Group },
                Output = new OutputConfig { Topic = rig.Output },
                Model = new ModelConfig { Path = "none" },
                Kafka = new KafkaConfig { Properties = new Dictionary<string, string> { ["bootstrap.servers"] = rig.Cluster.BootstrapServers } },
            };
            Member = new Member((KafkaRecordSource)_transport.CreateSource(config, 0)).Start();
        }

        public void Poll()
        {
            try
            {
                Member!.Poll(TimeSpan.FromMilliseconds(20));
            }
            catch (SourceFailedException failure) when (failure.IsRecoverable)
            {
                Member!.Dispose();
                Join();
            }
        }

        public void PollOrFail()
        {
            try
            {
                Member!.Poll(TimeSpan.FromMilliseconds(20));
            }
            catch (SourceFailedException)
            {
            }
        }

        public void Dispose() => Member?.Dispose();
    }
}
