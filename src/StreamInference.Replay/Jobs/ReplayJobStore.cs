using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;
using StreamInference.Kafka.Topics;

namespace StreamInference.Replay.Jobs;

/// <summary>
/// The jobs of a cluster, in the compacted topic <c>streaminfer.replays</c>: whoever starts a job again finds the bound that was fixed first. Safe for any
/// threads.
/// </summary>
public sealed class ReplayJobStore : IDisposable
{
    /// <summary>The topic of the jobs.</summary>
    public const string Topic = "streaminfer.replays";

    private readonly CompactedTable _table;
    private readonly Lock _gate = new();

    private ReplayJobStore(CompactedTable table) => _table = table;

    /// <summary>Opens the store; makes its topic where it does not exist.</summary>
    /// <exception cref="KafkaUnavailableException">The cluster does not answer.</exception>
    public static async Task<ReplayJobStore> OpenAsync(KafkaSettings settings, ILoggerFactory? loggers = null)
    {
        TopicDefinition definition = new() { Name = Topic, Partitions = 1, Configs = new Dictionary<string, string> { ["cleanup.policy"] = "compact" } };
        await ReplayTopics.EnsureAsync(settings, [definition], loggers ?? NullLoggerFactory.Instance);
        return new ReplayJobStore(new CompactedTable(settings, Topic));
    }

    /// <summary>All jobs, the last planned first.</summary>
    /// <exception cref="KafkaUnavailableException">The topic cannot be read.</exception>
    public IReadOnlyList<ReplayJob> All()
    {
        lock (_gate) return [.. _table.Read().Values.Select(value => ReplayJob.Read(value)).OfType<ReplayJob>().OrderByDescending(job => job.PlannedAt)];
    }

    /// <summary>A job; null when there is none of this id.</summary>
    /// <exception cref="KafkaUnavailableException">The topic cannot be read.</exception>
    public ReplayJob? Find(string id)
    {
        lock (_gate) return _table.Read().TryGetValue(id, out byte[]? value) ? ReplayJob.Read(value) : null;
    }

    /// <summary>Records a job unless there is one of its id.</summary>
    /// <returns>The job that is there now.</returns>
    public ReplayJob Add(ReplayJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return Change(job.Id, present => present is null ? job : null) ?? job;
    }

    /// <summary>Changes a job.</summary>
    /// <param name="id">The job.</param>
    /// <param name="change">Gets the job as it is; returns the next one, or null to leave it.</param>
    /// <returns>The job that is there now; null when there is none.</returns>
    public ReplayJob? Update(string id, Func<ReplayJob, ReplayJob?> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return Change(id, present => present is null ? null : change(present));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate) _table.Dispose();
    }

    private ReplayJob? Change(string id, Func<ReplayJob?, ReplayJob?> change)
    {
        lock (_gate)
        {
            byte[]? value = _table.Update(id, present => change(present is null ? null : ReplayJob.Read(present))?.ToJson());
            return value is null ? null : ReplayJob.Read(value);
        }
    }
}
