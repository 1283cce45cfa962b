using System.Text.Json;
using System.Text.Json.Serialization;
using StreamInference.Replay.Reports;
using StreamInference.Sources;

namespace StreamInference.Replay.Jobs;

/// <summary>A replay as it is recorded: what it was asked to do, the bound that was fixed when it was planned, and where it is in its life.</summary>
public sealed record ReplayJob
{
    /// <summary>The job's id; its group and its transactional ids are made of it.</summary>
    public required string Id { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required ReplayState State { get; init; }

    /// <summary>The name of the pipeline that is replayed.</summary>
    public required string Pipeline { get; init; }

    /// <summary>The model, <c>name@version</c>.</summary>
    public required string Model { get; init; }

    /// <summary>The topic that is read.</summary>
    public required string SourceTopic { get; init; }

    /// <summary>The topic of the results.</summary>
    public required string OutputTopic { get; init; }

    /// <summary>The topic of the records without a result.</summary>
    public required string DeadLetterTopic { get; init; }

    /// <summary>Where it was asked to begin.</summary>
    public required string From { get; init; }

    /// <summary>Where it was asked to end.</summary>
    public required string To { get; init; }

    /// <summary>The bound, fixed when the job was planned, in the order of the partitions.</summary>
    public required IReadOnlyList<PartitionBound> Partitions { get; init; }

    /// <summary>The span of offsets of a batch; null: what the model takes. Recorded, because the last bits of some models follow their batch.</summary>
    public int? BatchSpan { get; init; }

    /// <summary>When the bound was fixed.</summary>
    public required DateTimeOffset PlannedAt { get; init; }

    /// <summary>When the state was last changed.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>Whether something was committed: from then on a group without offsets has lost them.</summary>
    public bool HasProgress { get; init; }

    /// <summary>Offsets of the bound that the topic no longer had when a runner began, and that were passed over.</summary>
    public IReadOnlyList<GoneRange> Gone { get; init; } = [];

    /// <summary>The job's consumer group, and the name of its pipeline.</summary>
    [JsonIgnore]
    public string Group => "si-replay-" + Id;

    /// <summary>The bound by partition.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<int, OffsetRange> Bounds => Partitions.ToDictionary(bound => bound.Partition, bound => new OffsetRange(bound.From, bound.To));

    /// <summary>Offsets in the bound; records may be fewer.</summary>
    [JsonIgnore]
    public long Length => Partitions.Sum(bound => Math.Max(0, bound.To - bound.From));

    /// <summary>The job in its next state; null when that may not follow.</summary>
    public ReplayJob? In(ReplayState next, DateTimeOffset now) => next.MayFollow(State) ? this with { State = next, ChangedAt = now } : null;

    /// <summary>Whether the offsets of the group show the whole bound as done.</summary>
    public bool IsDone(IReadOnlyDictionary<int, long> committed)
    {
        ArgumentNullException.ThrowIfNull(committed);
        return Partitions.All(bound => bound.To <= bound.From || committed.GetValueOrDefault(bound.Partition, -1) >= bound.To);
    }

    /// <summary>The job as the value of its record.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JobContext.Instance.ReplayJob);

    /// <summary>Reads the value of a record; null when it is not a job.</summary>
    public static ReplayJob? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, JobContext.Instance.ReplayJob);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The bound of one partition.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="From">The first offset.</param>
/// <param name="To">The offset behind the last one.</param>
public sealed record PartitionBound(int Partition, long From, long To);

[JsonSerializable(typeof(ReplayJob))]
internal sealed partial class JobContext : JsonSerializerContext
{
    public static JobContext Instance { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter<ReplayState>(JsonNamingPolicy.SnakeCaseLower) },
    });
}
