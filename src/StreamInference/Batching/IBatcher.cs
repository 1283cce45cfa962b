using StreamInference.Records;

namespace StreamInference.Batching;

/// <summary>Puts records into batches. Owned by the worker loop; waits for nothing itself.</summary>
public interface IBatcher
{
    /// <summary>Records that were added and not yet handed to the runner.</summary>
    int Count { get; }

    /// <summary>Those of <see cref="Count"/> whose batch waits for further records of its own, whatever time passes.</summary>
    int Held { get; }

    /// <summary>How many records may be added now.</summary>
    int Room { get; }

    /// <summary>Appends a record.</summary>
    void Add(in StreamRecord record);

    /// <summary>How long until <see cref="Due"/> is due: zero means now; null when there is none.</summary>
    TimeSpan? DueIn(int batchesInFlight);

    /// <summary>The batch to be handed to the runner next. Call <see cref="Next"/> once the runner has taken it.</summary>
    MicroBatch Due { get; }

    /// <summary>Lets go of <see cref="Due"/>, which belongs to the runner now.</summary>
    void Next();

    /// <summary>Takes back a batch whose results are committed or dropped, and gives its leases back.</summary>
    void Recycle(MicroBatch batch);

    /// <summary>Reports how long a batch took, for policies that adapt.</summary>
    void OnBatchCompleted(int count, TimeSpan duration);

    /// <summary>Hears that no record of a partition comes any more.</summary>
    void End(PartitionAssignment assignment);

    /// <summary>Drops the records of a partition that went away, where they would wait for others.</summary>
    void Forget(PartitionAssignment assignment);

    /// <summary>Drops every record that the runner does not have.</summary>
    void DropOpen();
}
