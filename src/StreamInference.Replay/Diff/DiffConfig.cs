using StreamInference.Configuration;

namespace StreamInference.Replay.Diff;

/// <summary>How results are compared, and what a candidate may do: what a <c>diff.yaml</c> says.</summary>
public sealed record DiffConfig
{
    private const string Pointer = "/([^~]|~[01])+";

    /// <summary>The score in a result, as JSON pointer.</summary>
    [Setting("The score in a result, as JSON pointer.", Pattern = Pointer, Examples = ["/score"])]
    public string Score { get; init; } = "/score";

    /// <summary>The decision in a result, as JSON pointer.</summary>
    [Setting("The decision in a result, as JSON pointer.", Pattern = Pointer, Examples = ["/decision"])]
    public string Decision { get; init; } = "/decision";

    /// <summary>Fields of the input, as JSON pointers, by whose values the comparison is split.</summary>
    [Setting("Fields of the input, as JSON pointers, by whose values the comparison is split.", Examples = ["/channel"])]
    public IReadOnlyList<string> Segments { get; init; } = [];

    /// <summary>A difference of scores above this is a record of the diff too; null: only flipped decisions are.</summary>
    [Setting("A difference of scores above this is a record of the diff too; by default only flipped decisions are.", Minimum = "0")]
    public double? ScoreTolerance { get; init; }

    /// <summary>Examples of flipped decisions in the report, those with the largest difference of scores.</summary>
    [Setting("Examples of flipped decisions in the report, those with the largest difference of scores.", Minimum = "0", Maximum = "10000")]
    public int Examples { get; init; } = 20;

    /// <summary>Values of a segment field that have a row of their own; the others share one.</summary>
    [Setting("Values of a segment field that have a row of their own; the others share one.", Minimum = "1", Maximum = "10000")]
    public int MaxSegmentValues { get; init; } = 100;

    /// <summary>What a candidate may do.</summary>
    [Setting("What a candidate may do; beyond it the command ends with exit code 1.")]
    public DiffLimits Limits { get; init; } = new();
}

/// <summary>What a candidate may do; null: no limit.</summary>
public sealed record DiffLimits
{
    /// <summary>Flipped decisions.</summary>
    [Setting("Flipped decisions, at most.", Minimum = "0")]
    public int? MaxFlips { get; init; }

    /// <summary>Flipped decisions as a share of what was compared.</summary>
    [Setting("Flipped decisions as a share of the compared records, at most.", Minimum = "0", Maximum = "1")]
    public double? MaxFlipRate { get; init; }

    /// <summary>Population stability index of the scores.</summary>
    [Setting("Population stability index of the scores, at most; 0.1 is usually called stable, 0.25 a shift.", Minimum = "0")]
    public double? MaxPsi { get; init; }

    /// <summary>Kolmogorov-Smirnov distance of the scores.</summary>
    [Setting("Kolmogorov-Smirnov distance of the scores, at most.", Minimum = "0", Maximum = "1")]
    public double? MaxKs { get; init; }

    /// <summary>The largest difference of the two scores of a record.</summary>
    [Setting("The largest difference of the two scores of a record, at most.", Minimum = "0")]
    public double? MaxScoreDifference { get; init; }

    /// <summary>Records that only one side answers.</summary>
    [Setting("Records without an answer on one side, at most.", Minimum = "0")]
    public int? MaxMissing { get; init; }

    /// <summary>Records that a side answers more than once.</summary>
    [Setting("Records answered more than once on one side, at most.", Minimum = "0")]
    public int? MaxRepeated { get; init; }

    /// <summary>Records that are dead letters on one side and results on the other.</summary>
    [Setting("Records that are dead letters on one side only, at most.", Minimum = "0")]
    public int? MaxDeadLettered { get; init; }

    /// <summary>Flipped decisions as a share of what was compared in one segment.</summary>
    [Setting("Flipped decisions as a share of the compared records of a segment, at most.", Minimum = "0", Maximum = "1")]
    public double? MaxSegmentFlipRate { get; init; }

    /// <summary>Population stability index of one segment.</summary>
    [Setting("Population stability index of the scores of a segment, at most.", Minimum = "0")]
    public double? MaxSegmentPsi { get; init; }

    /// <summary>Records below which the comparison says nothing.</summary>
    [Setting("Records that must have been compared, at least.", Minimum = "1")]
    public int? MinCompared { get; init; }
}
