using StreamInference.Commit;
using StreamInference.Progress;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.States;

namespace StreamInference.Kafka.Sinks;

/// <summary>Refuses requests that would not be fenced.</summary>
internal static class CommitContract
{
    /// <summary>Checks that every partition which the results, the progress and the states touch is among the offsets.</summary>
    /// <exception cref="ArgumentException">One is not: its results could become visible beside another worker's.</exception>
    public static void Check(CommitRequest request)
    {
        PartitionAssignment? last = null;
        foreach (ResultRange range in request.Results)
        {
            foreach (ref readonly Result result in range.Batch.Results.Slice(range.Start, range.Count))
            {
                // Results of a partition come in runs.
                if (ReferenceEquals(result.Record.Assignment, last)) continue;
                last = result.Record.Assignment;
                Check(request.Offsets, last);
            }
        }

        foreach (ProgressWrite write in request.Progress) Check(request.Offsets, write.Assignment);
        foreach (StateWrite write in request.States) Check(request.Offsets, write.Assignment);
    }

    private static void Check(List<PartitionOffset> offsets, PartitionAssignment assignment)
    {
        if (!Sends(offsets, assignment)) throw new ArgumentException($"The results of {assignment} have no offset in the request.");
    }

    private static bool Sends(List<PartitionOffset> offsets, PartitionAssignment assignment)
    {
        foreach (PartitionOffset offset in offsets)
            if (ReferenceEquals(offset.Assignment, assignment) && offset.NextOffset >= 0) return true;
        return false;
    }
}
