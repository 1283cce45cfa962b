using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using StreamInference.Kafka.Native;
using StreamInference.Kafka.Settings;

namespace StreamInference.Kafka.Topics;

/// <summary>Makes the topics of a cluster what their definitions say: idempotent, only ever adding.</summary>
public sealed class TopicPlanner : IDisposable
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

    private readonly IAdminClient _admin;

    /// <summary>Makes the admin client.</summary>
    /// <exception cref="ArgumentException">A setting is refused.</exception>
    public TopicPlanner(KafkaSettings settings, ILogger<TopicPlanner> logger)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.ThrowIfInvalid();
        _admin = new AdminClientBuilder(settings.ForAdmin())
            .SetLogHandler((_, line) => ClientLog.Write(logger, line.Level, line.Facility, line.Message))
            .Build();
    }

    /// <summary>Compares the cluster with the definitions; changes nothing.</summary>
    /// <exception cref="KafkaException">The cluster cannot be asked.</exception>
    public async Task<TopicPlan> PlanAsync(IReadOnlyList<TopicDefinition> definitions)
    {
        ArgumentNullException.ThrowIfNull(definitions);
        return TopicPlan.Compare(definitions, await DescribeAsync(definitions));
    }

    /// <summary>Applies a plan and waits until every topic can be used. A plan that is refused in part is not applied at all.</summary>
    /// <exception cref="InvalidOperationException">A change of the plan is refused.</exception>
    /// <exception cref="KafkaException">The cluster refuses a change.</exception>
    public async Task ApplyAsync(TopicPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.IsRefused) throw new InvalidOperationException("The plan is refused:" + Environment.NewLine + plan);
        await CreateAsync(plan);
        await AddPartitionsAsync(plan);
        await SetConfigsAsync(plan);
        await WaitAsync(plan);
    }

    /// <inheritdoc/>
    public void Dispose() => _admin.Dispose();

    private async Task<Dictionary<string, ExistingTopic>> DescribeAsync(IReadOnlyList<TopicDefinition> definitions)
    {
        HashSet<string> names = [.. definitions.Select(definition => definition.Name)];
        // All topics: asking for one by name creates it where the broker allows that.
        List<TopicMetadata> found = _admin.GetMetadata(RequestTimeout).Topics.FindAll(topic => names.Contains(topic.Topic) && !topic.Error.IsError);
        if (found.Count == 0) return [];
        List<DescribeConfigsResult> configs = await _admin.DescribeConfigsAsync(
            found.Select(topic => new ConfigResource { Type = ResourceType.Topic, Name = topic.Topic }), new DescribeConfigsOptions { RequestTimeout = RequestTimeout });
        Dictionary<string, DescribeConfigsResult> byName = configs.ToDictionary(config => config.ConfigResource.Name);
        return found.ToDictionary(
            topic => topic.Topic,
            topic => new ExistingTopic(
                topic.Topic,
                topic.Partitions.Count,
                (short)topic.Partitions[0].Replicas.Length,
                byName[topic.Topic].Entries.Values.Where(entry => entry.Value is not null).ToDictionary(entry => entry.Name, entry => entry.Value)));
    }

    private async Task CreateAsync(TopicPlan plan)
    {
        List<TopicSpecification> topics = [.. DefinitionsOf(plan, TopicChangeKind.Create).Select(definition => new TopicSpecification
        {
            Name = definition.Name,
            NumPartitions = definition.Partitions,
            ReplicationFactor = definition.ReplicationFactor ?? -1,
            Configs = definition.Configs.ToDictionary(),
        })];
        if (topics.Count == 0) return;
        try
        {
            await _admin.CreateTopicsAsync(topics, new CreateTopicsOptions { RequestTimeout = RequestTimeout, OperationTimeout = RequestTimeout });
        }
        catch (CreateTopicsException exception) when (exception.Results.TrueForAll(result => !result.Error.IsError || result.Error.Code == ErrorCode.TopicAlreadyExists))
        {
            // Someone was faster; the next plan tells whether it is the same topic.
        }
    }

    private async Task AddPartitionsAsync(TopicPlan plan)
    {
        List<PartitionsSpecification> partitions = [.. DefinitionsOf(plan, TopicChangeKind.AddPartitions)
            .Select(definition => new PartitionsSpecification { Topic = definition.Name, IncreaseTo = definition.Partitions })];
        if (partitions.Count > 0) await _admin.CreatePartitionsAsync(partitions, new CreatePartitionsOptions { RequestTimeout = RequestTimeout, OperationTimeout = RequestTimeout });
    }

    private async Task SetConfigsAsync(TopicPlan plan)
    {
        Dictionary<ConfigResource, List<ConfigEntry>> configs = plan.Changes
            .Where(change => change.Kind == TopicChangeKind.SetConfig)
            .GroupBy(change => change.Topic)
            .ToDictionary(
                topic => new ConfigResource { Type = ResourceType.Topic, Name = topic.Key },
                topic => topic.Select(change => new ConfigEntry { Name = change.Property, Value = change.To, IncrementalOperation = AlterConfigOpType.Set }).ToList());
        if (configs.Count > 0) await _admin.IncrementalAlterConfigsAsync(configs, new IncrementalAlterConfigsOptions { RequestTimeout = RequestTimeout });
    }

    private async Task WaitAsync(TopicPlan plan)
    {
        HashSet<string> waiting = [.. plan.Changes.Where(change => change.Kind != TopicChangeKind.SetConfig).Select(change => change.Topic)];
        while (waiting.Count > 0)
        {
            foreach (TopicMetadata topic in _admin.GetMetadata(RequestTimeout).Topics)
            {
                TopicDefinition? definition = plan.Definitions.FirstOrDefault(definition => definition.Name == topic.Topic);
                bool ready = !topic.Error.IsError && topic.Partitions.Count >= definition?.Partitions && topic.Partitions.TrueForAll(partition => partition.Leader >= 0);
                if (ready) waiting.Remove(topic.Topic);
            }

            if (waiting.Count > 0) await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    private static IEnumerable<TopicDefinition> DefinitionsOf(TopicPlan plan, TopicChangeKind kind)
    {
        HashSet<string> topics = [.. plan.Changes.Where(change => change.Kind == kind).Select(change => change.Topic)];
        return plan.Definitions.Where(definition => topics.Contains(definition.Name));
    }
}
