using StreamInference.Kafka.Settings;
using StreamInference.Replay.Jobs;

namespace StreamInference.Replay.Diff;

/// <summary>Compares the results of a finished job with the live ones of the same input records.</summary>
public static class ReplayDiff
{
    /// <summary>Reads both sides within the bound of the job, compares, and writes the diff to a topic.</summary>
    /// <param name="settings">The cluster.</param>
    /// <param name="config">What is compared, and the limits.</param>
    /// <param name="job">The job; its results are the candidate.</param>
    /// <param name="live">The topics of live results and dead letters; the first one names the live side.</param>
    /// <param name="topic">The topic of the diff, which must exist; null for none.</param>
    /// <param name="cancellation">Gives up.</param>
    public static DiffReport Run(KafkaSettings settings, DiffConfig config, ReplayJob job, IReadOnlyList<string> live, string? topic, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(live);
        using ResultDiff diff = new(config);
        DiffScope scope = new(job.SourceTopic, job.Bounds);
        TopicAnswers.Load(diff, DiffSide.Candidate, settings, job.OutputTopic, scope, cancellation);
        TopicAnswers.Load(diff, DiffSide.Candidate, settings, job.DeadLetterTopic, scope, cancellation);
        foreach (string answers in live) TopicAnswers.Load(diff, DiffSide.Live, settings, answers, scope, cancellation);
        if (config.Segments.Count > 0) TopicAnswers.LoadInput(diff, settings, scope, cancellation);
        using DiffTopic? written = topic is null ? null : new DiffTopic(settings, topic);
        DiffReport report = diff.Compare(live[0], job.OutputTopic, (partition, offset) => $"{job.SourceTopic}/{partition}/{offset}", written is null ? null : written.Write);
        written?.Finish(report);
        return report;
    }
}
