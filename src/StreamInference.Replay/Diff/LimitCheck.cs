namespace StreamInference.Replay.Diff;

/// <summary>Holds a report against the limits.</summary>
internal static class LimitCheck
{
    public static IReadOnlyList<LimitViolation> Violations(DiffReport report, DiffLimits limits)
    {
        List<LimitViolation> found = [];
        void AtMost(string limit, double value, double? allowed, string? where = null)
        {
            if (value > allowed) found.Add(new LimitViolation(limit, where, value, allowed.Value));
        }

        AtMost("max_flips", report.Flips, limits.MaxFlips);
        AtMost("max_flip_rate", report.FlipRate, limits.MaxFlipRate);
        AtMost("max_psi", report.Psi, limits.MaxPsi);
        AtMost("max_ks", report.Ks, limits.MaxKs);
        AtMost("max_score_difference", report.MaxAbsoluteDifference, limits.MaxScoreDifference);
        AtMost("max_missing", report.Gaps.MissingLive + report.Gaps.MissingCandidate + report.Gaps.MissingBoth, limits.MaxMissing);
        AtMost("max_repeated", report.Gaps.RepeatedLive + report.Gaps.RepeatedCandidate, limits.MaxRepeated);
        AtMost("max_dead_lettered", report.Gaps.DeadLetteredLive + report.Gaps.DeadLetteredCandidate, limits.MaxDeadLettered);
        if (report.Compared < limits.MinCompared) found.Add(new LimitViolation("min_compared", null, report.Compared, limits.MinCompared.Value));
        foreach (DiffSegment segment in report.Segments)
        {
            string where = $"{segment.Field} = {(segment.IsOther ? "(other)" : segment.Value ?? "(none)")}";
            AtMost("max_segment_flip_rate", segment.FlipRate, limits.MaxSegmentFlipRate, where);
            AtMost("max_segment_psi", segment.Psi, limits.MaxSegmentPsi, where);
        }

        return found;
    }
}
