using System.Globalization;
using StreamInference.Replay.Diff;

namespace StreamInference.Cli.Diffing;

/// <summary>A comparison as lines of text.</summary>
internal static class DiffPrinter
{
    public static void Print(TextWriter output, DiffReport report)
    {
        void Line(FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
        double agreement = report.Compared == 0 ? 0 : report.Agreed / (double)report.Compared;
        Line($"{report.Candidate} against {report.Live}: {report.Compared:N0} compared, {agreement:P2} agree, {report.Flips:N0} decisions flipped ({report.FlipRate:P3})");
        Line($"scores: PSI {report.Psi:F4}, KS {report.Ks:F4}, mean difference {report.MeanDifference:G4}, largest {report.MaxAbsoluteDifference:G4}");
        foreach (DecisionFlip flip in report.FlipsByDirection) Line($"  {flip.Live} -> {flip.Candidate}: {flip.Count:N0}");
        DiffGaps gaps = report.Gaps;
        Line($"missing: {gaps.MissingLive:N0} live, {gaps.MissingCandidate:N0} candidate, {gaps.MissingBoth:N0} both; repeated: {gaps.RepeatedLive:N0} live, {gaps.RepeatedCandidate:N0} candidate");
        Line($"dead letters: {gaps.DeadLetteredLive:N0} live only, {gaps.DeadLetteredCandidate:N0} candidate only, {gaps.DeadLetteredBoth:N0} both");
        foreach (DiffRecord example in report.Examples.Take(5))
            Line($"  {example.Source}: {example.Live?.Decision} {example.Live?.Score:G6} -> {example.Candidate?.Decision} {example.Candidate?.Score:G6}");
        foreach (DiffSegment segment in report.Segments.Where(segment => segment.Flips > 0).OrderByDescending(segment => segment.FlipRate).Take(10))
            Line($"  {segment.Field} = {(segment.IsOther ? "(other)" : segment.Value ?? "(none)")}: {segment.Compared:N0} compared, {segment.Flips:N0} flipped ({segment.FlipRate:P2}), PSI {segment.Psi:F4}");
        foreach (LimitViolation violation in report.Violations) Line($"beyond the limit {violation.Limit}: {violation.Value:G6}, allowed {violation.Allowed:G6} {violation.Where}");
    }
}
