namespace StreamInference.Replay.Reports;

/// <summary>The members of the results whose distributions a report shows.</summary>
/// <param name="Scores">Numbers.</param>
/// <param name="Labels">Texts of few values.</param>
public sealed record ReportOutputs(IReadOnlyList<string> Scores, IReadOnlyList<string> Labels)
{
    /// <summary>None.</summary>
    public static ReportOutputs None { get; } = new([], []);
}
