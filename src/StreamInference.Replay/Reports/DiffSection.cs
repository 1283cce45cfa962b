using StreamInference.Replay.Diff;

namespace StreamInference.Replay.Reports;

/// <summary>The part of the page that shows a comparison.</summary>
internal static class DiffSection
{
    public static void Write(HtmlText page, DiffReport diff)
    {
        page.Add($"<h2>{diff.Candidate} against {diff.Live}</h2>");
        WriteVerdict(page, diff);
        page.Add($"<div class=\"tiles\"><span><b>{diff.Compared:N0}</b>compared</span><span><b>{Share(diff.Agreed, diff.Compared)}</b>agree</span><span><b>{diff.Flips:N0}</b>flipped decisions</span><span><b>{diff.Psi:F4}</b>PSI</span><span><b>{diff.Ks:F4}</b>KS</span><span><b>{diff.MaxAbsoluteDifference:G4}</b>largest difference</span></div>");
        if (diff.LiveScores.Count > 0)
        {
            page.Add($"<h2>Scores</h2><p><span class=\"key a\"></span>{diff.Live}<span class=\"key b\"></span>{diff.Candidate} <span class=\"dim\">mean difference {diff.MeanDifference:G4}, mean absolute difference {diff.MeanAbsoluteDifference:G4}</span></p>");
            page.Add(Charts.Histogram(new BarSeries(diff.Live, "a", diff.LiveScores), new BarSeries(diff.Candidate, "b", diff.CandidateScores)));
        }

        WriteGaps(page, diff.Gaps);
        WriteFlips(page, diff);
        WriteSegments(page, diff.Segments);
    }

    private static void WriteVerdict(HtmlText page, DiffReport diff)
    {
        if (diff.Violations.Count == 0) page.Add($"<p class=\"good\">Within all limits.</p>");
        foreach (LimitViolation violation in diff.Violations)
            page.Add($"<p class=\"bad\">{violation.Limit}: {violation.Value:G6}, allowed {violation.Allowed:G6} {violation.Where}</p>");
    }

    private static void WriteGaps(HtmlText page, DiffGaps gaps)
    {
        page.Add($"<h2>Without one result on each side</h2><div class=\"scroll\"><table><tr><th class=\"t\"></th><th>live</th><th>candidate</th><th>both</th></tr>");
        page.Add($"<tr><td class=\"t\">missing</td><td>{gaps.MissingLive:N0}</td><td>{gaps.MissingCandidate:N0}</td><td>{gaps.MissingBoth:N0}</td></tr>");
        page.Add($"<tr><td class=\"t\">repeated</td><td>{gaps.RepeatedLive:N0}</td><td>{gaps.RepeatedCandidate:N0}</td><td></td></tr>");
        page.Add($"<tr><td class=\"t\">dead letters</td><td>{gaps.DeadLetteredLive:N0}</td><td>{gaps.DeadLetteredCandidate:N0}</td><td>{gaps.DeadLetteredBoth:N0}</td></tr></table></div>");
    }

    private static void WriteFlips(HtmlText page, DiffReport diff)
    {
        if (diff.Flips == 0) return;
        page.Add($"<h2>Flipped decisions</h2>");
        page.Add(Charts.Bars([.. diff.FlipsByDirection.Select(flip => ($"{flip.Live} → {flip.Candidate}", (double)flip.Count, FormattableString.Invariant($"{flip.Count:N0}")))]));
        page.Add($"<div class=\"scroll\"><table><tr><th class=\"t\">input record</th><th class=\"t\">live</th><th class=\"t\">candidate</th><th>live score</th><th>candidate score</th><th class=\"t\">segments</th></tr>");
        foreach (DiffRecord example in diff.Examples)
            page.Add($"<tr><td class=\"t\">{example.Source}</td><td class=\"t\">{example.Live?.Decision}</td><td class=\"t\">{example.Candidate?.Decision}</td><td>{example.Live?.Score:G6}</td><td>{example.Candidate?.Score:G6}</td><td class=\"t\">{string.Join(", ", example.Segments)}</td></tr>");
        page.Add($"</table></div>");
    }

    private static void WriteSegments(HtmlText page, IReadOnlyList<DiffSegment> segments)
    {
        if (segments.Count == 0) return;
        page.Add($"<h2>Segments</h2><div class=\"scroll\"><table><tr><th class=\"t\">field</th><th class=\"t\">value</th><th>compared</th><th>flips</th><th>flip rate</th><th>mean live</th><th>mean candidate</th><th>PSI</th></tr>");
        foreach (DiffSegment segment in segments)
            page.Add($"<tr><td class=\"t\">{segment.Field}</td><td class=\"t\">{(segment.IsOther ? "(other)" : segment.Value ?? "(none)")}</td><td>{segment.Compared:N0}</td><td>{segment.Flips:N0}</td><td>{ReportPage.Percent(segment.FlipRate)}</td><td>{segment.MeanLive:F4}</td><td>{segment.MeanCandidate:F4}</td><td>{segment.Psi:F4}</td></tr>");
        page.Add($"</table></div>");
    }

    private static string Share(long part, long whole) => whole == 0 ? "–" : ReportPage.Percent(part / (double)whole);
}
