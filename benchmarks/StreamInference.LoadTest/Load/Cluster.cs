using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace StreamInference.LoadTest.Load;

/// <summary>Topics of a run, on the cluster under test.</summary>
internal sealed class Cluster(string bootstrapServers) : IDisposable
{
    private readonly IAdminClient _admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrapServers }).SetLogHandler((_, _) => { }).Build();

    public string BootstrapServers => bootstrapServers;

    public async Task CreateAsync(string topic, int partitions)
    {
        await _admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 }]);
        for (int i = 0; _admin.GetMetadata(topic, TimeSpan.FromSeconds(5)).Topics[0].Partitions.Count != partitions && i < 100; i++) await Task.Delay(50);
    }

    public async Task DeleteAsync(params string[] topics)
    {
        try
        {
            await _admin.DeleteTopicsAsync(topics);
        }
        catch (DeleteTopicsException failure)
        {
            await Console.Error.WriteLineAsync($"Topics are left behind: {failure.Message}");
        }
    }

    public void Dispose() => _admin.Dispose();
}
