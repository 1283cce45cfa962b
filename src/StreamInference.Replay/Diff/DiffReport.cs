using StreamInference.Replay.Reports;

namespace StreamInference.Replay.Diff;

/// <summary>What a candidate does differently from what is live. Data only: shown as a table, written as JSON and drawn as a page.</summary>
public sealed record DiffReport
{
    /// <summary>Where the live results are: a topic or a file.</summary>
    public required string Live { get; init; }

    /// <summary>Where the candidate's results are: a topic or a file.</summary>
    public required string Candidate { get; init; }

    /// <summary>Input records that have a result on both sides.</summary>
    public required long Compared { get; init; }

    /// <summary>Of the compared: the same decision. Without decisions: the same score.</summary>
    public required long Agreed { get; init; }

    /// <summary>Of the compared: the same score, to the last digit.</summary>
    public required long SameScore { get; init; }

    /// <summary>Of the compared: another decision.</summary>
    public required long Flips { get; init; }

    /// <summary>Flips as a share of the compared.</summary>
    public double FlipRate => Compared == 0 ? 0 : Flips / (double)Compared;

    /// <summary>Flips by direction, the most frequent first.</summary>
    public required IReadOnlyList<DecisionFlip> FlipsByDirection { get; init; }

    /// <summary>Mean of candidate − live.</summary>
    public required double MeanDifference { get; init; }

    /// <summary>Mean of |candidate − live|.</summary>
    public required double MeanAbsoluteDifference { get; init; }

    /// <summary>The greatest |candidate − live|.</summary>
    public required double MaxAbsoluteDifference { get; init; }

    /// <summary>Population stability index over the deciles of the live scores.</summary>
    public required double Psi { get; init; }

    /// <summary>Kolmogorov-Smirnov distance of the scores.</summary>
    public required double Ks { get; init; }

    /// <summary>Live scores of the compared records.</summary>
    public required IReadOnlyList<HistogramBucket> LiveScores { get; init; }

    /// <summary>The candidate's scores of the compared records, in the same buckets.</summary>
    public required IReadOnlyList<HistogramBucket> CandidateScores { get; init; }

    /// <summary>What is not one result on each side.</summary>
    public required DiffGaps Gaps { get; init; }

    /// <summary>Flipped decisions, the largest differences of scores first.</summary>
    public required IReadOnlyList<DiffRecord> Examples { get; init; }

    /// <summary>The comparison by values of input fields.</summary>
    public required IReadOnlyList<DiffSegment> Segments { get; init; }

    /// <summary>Limits that the candidate is beyond; empty: it passes.</summary>
    public required IReadOnlyList<LimitViolation> Violations { get; init; }
}

/// <summary>How many decisions went one way.</summary>
/// <param name="Live">The live decision.</param>
/// <param name="Candidate">The candidate's.</param>
/// <param name="Count">How many.</param>
public sealed record DecisionFlip(string Live, string Candidate, long Count);

/// <summary>Input records that do not have one result on each side.</summary>
/// <param name="MissingLive">The candidate answers, live does not.</param>
/// <param name="MissingCandidate">Live answers, the candidate does not.</param>
/// <param name="MissingBoth">Neither answers; known only where the input was read.</param>
/// <param name="RepeatedLive">Live answers more than once; the first answer is compared.</param>
/// <param name="RepeatedCandidate">The candidate answers more than once.</param>
/// <param name="DeadLetteredLive">A dead letter live, a result of the candidate.</param>
/// <param name="DeadLetteredCandidate">A result live, a dead letter of the candidate.</param>
/// <param name="DeadLetteredBoth">A dead letter on both sides.</param>
public sealed record DiffGaps(
    long MissingLive, long MissingCandidate, long MissingBoth, long RepeatedLive, long RepeatedCandidate, long DeadLetteredLive, long DeadLetteredCandidate, long DeadLetteredBoth);

/// <summary>The comparison of the records with one value of an input field.</summary>
/// <param name="Field">The field, as JSON pointer.</param>
/// <param name="Value">The value; null where the input has none, or its record was not found.</param>
/// <param name="IsOther">Whether this is what the values beyond the limit share.</param>
/// <param name="Compared">Records.</param>
/// <param name="Flips">Flipped decisions.</param>
/// <param name="FlipRate">Flips as a share of the records.</param>
/// <param name="MeanLive">Mean of the live scores.</param>
/// <param name="MeanCandidate">Mean of the candidate's scores.</param>
/// <param name="Psi">Population stability index.</param>
public sealed record DiffSegment(
    string Field, string? Value, bool IsOther, long Compared, long Flips, double FlipRate, double MeanLive, double MeanCandidate, double Psi);

/// <summary>A limit that the candidate is beyond.</summary>
/// <param name="Limit">The key in <c>diff.yaml</c>.</param>
/// <param name="Where">The segment; null for the whole.</param>
/// <param name="Value">What was found.</param>
/// <param name="Allowed">What is allowed.</param>
public sealed record LimitViolation(string Limit, string? Where, double Value, double Allowed);

/// <summary>In which way an input record differs. Kinds are only ever added.</summary>
public enum DiffKind
{
    /// <summary>Another decision.</summary>
    Flip,

    /// <summary>The same decision, and scores further apart than the tolerance.</summary>
    Score,

    /// <summary>The candidate answers, live does not.</summary>
    MissingLive,

    /// <summary>Live answers, the candidate does not.</summary>
    MissingCandidate,

    /// <summary>Neither answers.</summary>
    MissingBoth,

    /// <summary>Live answers more than once.</summary>
    RepeatedLive,

    /// <summary>The candidate answers more than once.</summary>
    RepeatedCandidate,

    /// <summary>A dead letter live, a result of the candidate.</summary>
    DeadLetteredLive,

    /// <summary>A result live, a dead letter of the candidate.</summary>
    DeadLetteredCandidate,
}

/// <summary>An input record that differs.</summary>
public sealed record DiffRecord
{
    /// <summary>The input record: <c>topic/partition/offset</c>, or <c>file/row</c>.</summary>
    public required string Source { get; init; }

    /// <summary>In which way.</summary>
    public required DiffKind Kind { get; init; }

    /// <summary>The live side; null where it has no result.</summary>
    public DiffAnswer? Live { get; init; }

    /// <summary>The candidate; null where it has no result.</summary>
    public DiffAnswer? Candidate { get; init; }

    /// <summary>The input's values of the segment fields, in their order; empty where the input was not read.</summary>
    public IReadOnlyList<string?> Segments { get; init; } = [];
}

/// <summary>What one side says about an input record.</summary>
/// <param name="Decision">The decision; null where the result has none.</param>
/// <param name="Score">The score; null where the result has none.</param>
/// <param name="Results">How many results there are.</param>
/// <param name="Error">The code of its dead letter; null where there is none.</param>
public sealed record DiffAnswer(string? Decision, double? Score, int Results, string? Error);
