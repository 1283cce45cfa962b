using StreamInference.Configuration;
using StreamInference.Replay.Reports;

namespace StreamInference.Replay.Jobs;

/// <summary>What a user asks for.</summary>
public sealed record ReplayRequest
{
    /// <summary>The job's id: letters, digits, <c>.</c>, <c>_</c> and <c>-</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The pipeline as its file says, with the model that is to be replayed.</summary>
    public required PipelineConfig Pipeline { get; init; }

    /// <summary>Where to begin, as <see cref="ReplayPoint"/> reads it.</summary>
    public string From { get; init; } = "earliest";

    /// <summary>Where to end, as <see cref="ReplayPoint"/> reads it.</summary>
    public string To { get; init; } = "latest";

    /// <summary>The topic of the results; made where it does not exist, with as many partitions as the source.</summary>
    public required string OutputTopic { get; init; }

    /// <summary>Workers of this process; null: as the pipeline says.</summary>
    public int? Workers { get; init; }

    /// <summary>Whether this runner shares the work with one that runs already; otherwise it is refused.</summary>
    public bool Joins { get; init; }

    /// <summary>Whether offsets that the topic no longer has are passed over; otherwise the job is refused.</summary>
    public bool AllowsGone { get; init; }

    /// <summary>
    /// This process's name among the job's runners, stable across restarts; two of one name fence each other. Null: the machine's name, and a number behind it
    /// where another process of the machine has that one.
    /// </summary>
    public string? Instance { get; init; }

    /// <summary>The outputs whose distributions the report shows.</summary>
    public ReportOutputs Outputs { get; init; } = ReportOutputs.None;
}
