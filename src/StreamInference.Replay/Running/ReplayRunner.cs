using Microsoft.Extensions.Logging;
using StreamInference.Configuration;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;
using StreamInference.Pipeline;
using StreamInference.Replay.Jobs;
using StreamInference.Replay.Reports;
using StreamInference.Sources;

namespace StreamInference.Replay.Running;

/// <summary>Starts replays: plans a new job or takes up a recorded one, and says whether a runner may begin.</summary>
public sealed class ReplayRunner : IDisposable
{
    // Longer than a member that was killed stays in its group (the pipeline's session timeout).
    private static readonly TimeSpan MemberLimit = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan MemberPause = TimeSpan.FromMilliseconds(250);

    private readonly KafkaSettings _settings;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly ClusterView _view;

    private ReplayRunner(KafkaSettings settings, ReplayJobStore store, ILoggerFactory loggers, TimeProvider time)
    {
        _settings = settings;
        _loggers = loggers;
        _time = time;
        _view = new ClusterView(settings);
        Jobs = store;
    }

    /// <summary>The jobs of the cluster.</summary>
    public ReplayJobStore Jobs { get; }

    /// <summary>Connects.</summary>
    /// <exception cref="KafkaUnavailableException">The cluster does not answer.</exception>
    public static async Task<ReplayRunner> ConnectAsync(KafkaSettings settings, ILoggerFactory loggers, TimeProvider? time = null) =>
        new(settings, await ReplayJobStore.OpenAsync(settings, loggers), loggers, time ?? TimeProvider.System);

    /// <summary>How far a job is.</summary>
    /// <exception cref="KafkaUnavailableException">The cluster does not answer.</exception>
    public async Task<ReplayProgress> ProgressAsync(ReplayJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return new ReplayProgress(job, await _view.CommittedAsync(job.Group, job.SourceTopic));
    }

    /// <summary>The runners that a job has now; a killed one is among them for the session timeout.</summary>
    /// <exception cref="KafkaUnavailableException">The cluster does not answer.</exception>
    public async Task<IReadOnlyList<string>> RunnersAsync(ReplayJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return [.. (await _view.MembersAsync(job.Group)).Select(member => $"{member.ClientId} ({member.Host.TrimStart('/')})").Order()];
    }

    /// <summary>Gives a job up: its runners stop in order within seconds; what is committed stays.</summary>
    /// <returns>The job; null when there is none. Its state is not cancelled where it had finished before.</returns>
    public ReplayJob? Cancel(string id) => Jobs.Update(id, job => job.In(ReplayState.Cancelled, _time.GetUtcNow()));

    /// <summary>Plans the job of a request, or takes up the recorded one, and says whether a runner may begin.</summary>
    /// <param name="request">What the user asks for.</param>
    /// <param name="loader">Loads the pipeline's kind of model.</param>
    /// <param name="services">The host's services, for the loader.</param>
    /// <exception cref="InvalidConfigurationException">The request is wrong, or the recorded job of its id is another one.</exception>
    /// <exception cref="KafkaUnavailableException">The cluster does not answer.</exception>
    public async Task<ReplayStart> PrepareAsync(ReplayRequest request, IModelLoader loader, IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(request);
        ReplayJob job = Jobs.Find(request.Id) ?? Jobs.Add(await ReplayPlanner.PlanAsync(request, _view, _time.GetUtcNow()));
        IReadOnlyList<string> differences = ReplayPlanner.Differences(request, job);
        if (differences.Count > 0)
            throw new InvalidConfigurationException($"Replay {job.Id} is another job", [.. differences.Select(line => new ConfigError("--job", line))]);
        if (job.State == ReplayState.Finished) return new ReplayStart(ReplayVerdict.AlreadyFinished, job, $"{job.Id} finished at {job.ChangedAt:u}; nothing is left to do.");
        if (job.State == ReplayState.Cancelled) return new ReplayStart(ReplayVerdict.AlreadyCancelled, job, $"{job.Id} was cancelled at {job.ChangedAt:u}; start it under another id.");

        RunnerLock name = RunnerLock.Take(_settings.BootstrapServers, job.Group, request.Instance);
        ReplayStart start = await CheckAsync(request, job, name);
        if (start.Verdict != ReplayVerdict.Ready)
        {
            name.Dispose();
            return start;
        }

        return start with { Run = new ReplayRun(start.Job, request, name, new ReplayRunParts(_settings, Jobs, _view, loader, services, _loggers, _time)) };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Jobs.Dispose();
        _view.Dispose();
    }

    private async Task<ReplayStart> CheckAsync(ReplayRequest request, ReplayJob job, RunnerLock name)
    {
        if (!request.Joins && await FindOtherAsync(job, name) is { } other)
            return new ReplayStart(ReplayVerdict.AlreadyRunning, job, $"{job.Id} runs already: {other}. --join shares its work.");
        IReadOnlyDictionary<int, long> committed = await _view.CommittedAsync(job.Group, job.SourceTopic);
        if (job.HasProgress && committed.Count == 0)
        {
            return new ReplayStart(
                ReplayVerdict.ProgressLost, job,
                $"The offsets of {job.Group} have expired (offsets.retention.minutes): what {job.Id} has done can no longer be told. Start it under another id and with another output.");
        }

        IReadOnlyDictionary<int, OffsetRange> offsets = await _view.OffsetsAsync(job.SourceTopic, [.. job.Partitions.Select(bound => bound.Partition)]);
        IReadOnlyList<GoneRange> gone = BoundPlan.FindGone(job.Partitions, committed, offsets);
        if (gone.Count == 0) return new ReplayStart(ReplayVerdict.Ready, job, "");
        if (!request.AllowsGone)
            return new ReplayStart(ReplayVerdict.OffsetsGone, job, $"{job.SourceTopic} no longer has what {job.Id} is to replay (retention): {string.Join("; ", gone)}. --allow-gone goes on without it.");
        return new ReplayStart(ReplayVerdict.Ready, Jobs.Update(job.Id, present => present with { Gone = [.. present.Gone, .. gone.Except(present.Gone)] }) ?? job, "");
    }

    /// <summary>Another runner that lives; null when there is none.</summary>
    private async Task<string?> FindOtherAsync(ReplayJob job, RunnerLock name)
    {
        if (!name.IsFirst) return "another process of this machine";
        long started = _time.GetTimestamp();
        while (true)
        {
            // Members of this name are the ones that this runner takes the place of.
            GroupMember? other = (await _view.MembersAsync(job.Group)).FirstOrDefault(
                member => !member.ClientId.StartsWith($"{job.Group}-{name.Instance}-", StringComparison.Ordinal));
            if (other is null) return null;
            if (_time.GetElapsedTime(started) > MemberLimit) return $"{other.ClientId} on {other.Host.TrimStart('/')}";
            await Task.Delay(MemberPause, _time);
        }
    }
}

/// <summary>Whether a runner may begin.</summary>
/// <param name="Verdict">Whether it may.</param>
/// <param name="Job">The job as it is recorded.</param>
/// <param name="Message">Why it may not, for people; empty when it may.</param>
public sealed record ReplayStart(ReplayVerdict Verdict, ReplayJob Job, string Message)
{
    /// <summary>The run, when it may begin; the caller disposes it.</summary>
    public ReplayRun? Run { get; init; }
}
