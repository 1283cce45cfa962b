using System.Text.RegularExpressions;
using StreamInference.Configuration;
using StreamInference.Kafka.Clients;
using StreamInference.Sources;

namespace StreamInference.Replay.Jobs;

/// <summary>Makes a job of a request: fixes the bound of each partition as it is now.</summary>
internal static partial class ReplayPlanner
{
    /// <summary>Plans the job; records nothing.</summary>
    /// <exception cref="InvalidConfigurationException">Names everything that is wrong with the request.</exception>
    /// <exception cref="KafkaUnavailableException">The cluster does not answer.</exception>
    public static async Task<ReplayJob> PlanAsync(ReplayRequest request, ClusterView view, DateTimeOffset now)
    {
        PipelineConfig pipeline = request.Pipeline;
        List<ConfigError> errors = [.. Check(request)];
        if (!ReplayPoint.TryParse(request.From, now, out ReplayPoint? from)) errors.Add(NotAPoint("--from", request.From));
        if (!ReplayPoint.TryParse(request.To, now, out ReplayPoint? to)) errors.Add(NotAPoint("--to", request.To));
        int? partitions = view.PartitionsOf(pipeline.Input.Topic);
        if (partitions is null) errors.Add(new ConfigError("input.topic", $"there is no topic {pipeline.Input.Topic}"));
        IReadOnlyList<PartitionBound> bounds = [];
        if (errors.Count == 0) bounds = await BoundsAsync(pipeline.Input.Topic, Enumerable.Range(0, partitions!.Value).ToArray(), from!, to!, view, errors);
        if (errors.Count > 0) throw new InvalidConfigurationException($"Replay {request.Id}", errors);
        return new ReplayJob
        {
            Id = request.Id,
            State = ReplayState.Planned,
            Pipeline = pipeline.Name,
            Model = ModelReference.NameOf(pipeline.Model),
            SourceTopic = pipeline.Input.Topic,
            OutputTopic = request.OutputTopic,
            DeadLetterTopic = request.OutputTopic + ".dlq",
            From = request.From,
            To = request.To,
            Partitions = bounds,
            BatchSpan = pipeline.Batch.MaxSize,
            PlannedAt = now,
            ChangedAt = now,
        };
    }

    /// <summary>What a request asks for that differs from the job of its id, a sentence each; empty when it is the same job.</summary>
    public static IReadOnlyList<string> Differences(ReplayRequest request, ReplayJob job)
    {
        List<string> lines = [];
        Compare("pipeline", job.Pipeline, request.Pipeline.Name);
        Compare("model", job.Model, ModelReference.NameOf(request.Pipeline.Model));
        Compare("source topic", job.SourceTopic, request.Pipeline.Input.Topic);
        Compare("output", job.OutputTopic, request.OutputTopic);
        Compare("from", job.From, request.From);
        Compare("to", job.To, request.To);
        return lines;

        void Compare(string what, string recorded, string asked)
        {
            if (recorded != asked) lines.Add($"{what} is {recorded}, not {asked}");
        }
    }

    private static IEnumerable<ConfigError> Check(ReplayRequest request)
    {
        if (!IdPattern().IsMatch(request.Id)) yield return new ConfigError("--job", $"\"{request.Id}\" must be 1 to 100 letters, digits, dots, underscores and hyphens");
        string[] live = [request.Pipeline.Input.Topic, request.Pipeline.Output.Topic, request.Pipeline.DeadLetterTopic];
        if (live.Contains(request.OutputTopic)) yield return new ConfigError("--output", $"{request.OutputTopic} is a topic of the live pipeline");
        if (request.Workers is < 1 or > 256) yield return new ConfigError("--workers", "must be 1 to 256");
    }

    private static async Task<IReadOnlyList<PartitionBound>> BoundsAsync(
        string topic, IReadOnlyList<int> partitions, ReplayPoint from, ReplayPoint to, ClusterView view, List<ConfigError> errors)
    {
        IReadOnlyDictionary<int, long> fromTimes = await TimesAsync(from), toTimes = await TimesAsync(to);
        // The ends are asked for last, so that no offset of a time lies behind them.
        IReadOnlyDictionary<int, OffsetRange> offsets = await view.OffsetsAsync(topic, partitions);
        List<string> wrong = [];
        IReadOnlyList<PartitionBound> bounds = BoundPlan.Fix(from, to, offsets, fromTimes, toTimes, wrong);
        errors.AddRange(wrong.Select(message => new ConfigError("--from/--to", message)));
        return bounds;

        Task<IReadOnlyDictionary<int, long>> TimesAsync(ReplayPoint point) =>
            point is ReplayPoint.At at ? view.OffsetsAtAsync(topic, partitions, at.Time) : Task.FromResult<IReadOnlyDictionary<int, long>>(new Dictionary<int, long>());
    }

    private static ConfigError NotAPoint(string option, string text) =>
        new(option, $"\"{text}\" must be earliest, latest, now, a time such as 2026-01-31T12:00:00Z or 10m (ago), an offset, or offsets by partition such as 0:100,1:250");

    [GeneratedRegex("^[a-zA-Z0-9._-]{1,100}$")]
    private static partial Regex IdPattern();
}
