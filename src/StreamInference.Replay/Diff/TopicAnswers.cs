using System.Globalization;
using StreamInference.Configuration;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;
using StreamInference.Sources;

namespace StreamInference.Replay.Diff;

/// <summary>Which input records a comparison is about.</summary>
/// <param name="Topic">The input topic; null: that of the first answer.</param>
/// <param name="Bounds">The offsets of each partition; null for all.</param>
public sealed record DiffScope(string? Topic = null, IReadOnlyDictionary<int, OffsetRange>? Bounds = null)
{
    /// <summary>Whether the record is among them.</summary>
    public bool Holds(string topic, int partition, long offset) =>
        (Topic is null || Topic == topic) && (Bounds is null || (Bounds.TryGetValue(partition, out OffsetRange range) && offset >= range.From && offset < range.To));
}

/// <summary>Reads the answers of one side from topics: results and, where a record has the header <c>si-error</c>, dead letters.</summary>
public static class TopicAnswers
{
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(200);

    /// <summary>Adds every answer of a topic that is there now, read committed.</summary>
    /// <returns>The scope, its topic filled in.</returns>
    /// <exception cref="InvalidConfigurationException">A record does not say which input record it answers.</exception>
    /// <exception cref="KafkaUnavailableException">The topic cannot be read.</exception>
    public static DiffScope Load(ResultDiff diff, DiffSide side, KafkaSettings settings, string topic, DiffScope scope, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(diff);
        ArgumentNullException.ThrowIfNull(scope);
        using TopicReader reader = Open(settings, topic);
        while (Next(reader, cancellation) is { } record)
        {
            if (!TryParse(record.Header("si-source"), out string source, out int partition, out long offset))
                throw new InvalidConfigurationException(topic, [new ConfigError("output.headers", $"record {record.Partition}/{record.Offset} has no header si-source; the pipeline's output.headers must be standard or source")]);
            scope = scope with { Topic = scope.Topic ?? source };
            if (!scope.Holds(source, partition, offset)) continue;
            if (record.Header("si-error") is { } code) diff.AddDeadLetter(side, partition, offset, code);
            else diff.AddResult(side, partition, offset, record.Value);
        }

        return scope;
    }

    /// <summary>Adds the input records of the scope.</summary>
    /// <exception cref="KafkaUnavailableException">The topic cannot be read.</exception>
    public static void LoadInput(ResultDiff diff, KafkaSettings settings, DiffScope scope, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(diff);
        ArgumentNullException.ThrowIfNull(scope);
        if (scope.Topic is null) return;
        using TopicReader reader = Open(settings, scope.Topic);
        while (Next(reader, cancellation) is { } record)
            if (scope.Holds(record.Topic, record.Partition, record.Offset)) diff.AddInput(record.Partition, record.Offset, record.Value);
    }

    private static TopicReader Open(KafkaSettings settings, string topic) => new(settings, new TopicReaderOptions { Topics = [topic], From = new ReadFrom.Beginning() });

    private static TopicRecord? Next(TopicReader reader, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (reader.TryRead(Wait, out TopicRecord? record)) return record;
            if (reader.HasReachedEnds) return null;
        }
    }

    private static bool TryParse(string? text, out string topic, out int partition, out long offset)
    {
        (topic, partition, offset) = ("", 0, 0);
        if (text?.Split('/') is not [{ } name, { } part, { } at]) return false;
        topic = name;
        return int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out partition) && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out offset);
    }
}
