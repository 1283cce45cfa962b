using StreamInference.Records;

namespace StreamInference.Sources;

/// <summary>
/// Where records come from: a consumer of a group, or a bounded range of topics or files. Every member but <see cref="Wake"/> is called by
/// the worker loop only.
/// </summary>
public interface IRecordSource : IDisposable
{
    /// <summary>Joins and starts to read. Assignments reach <paramref name="listener"/> inside later calls of <see cref="Poll"/>.</summary>
    void Start(IPartitionListener listener);

    /// <summary>
    /// Waits up to <paramref name="wait"/> for a first record, takes what is there then, and serves assign and revoke on this thread.
    /// </summary>
    /// <param name="wait">How long to wait for a first record. <see cref="Wake"/> ends the wait early.</param>
    /// <param name="maxRecords">The most records to append.</param>
    /// <param name="into">Gets the records, per partition in offset order, all of active assignments.</param>
    /// <returns>
    /// The lease behind the appended records, with the caller as its one holder (the caller releases it once it has put the records into
    /// batches); null when there were none.
    /// </returns>
    /// <exception cref="SourceFailedException">The source cannot go on; it must be disposed and made anew.</exception>
    RecordLease? Poll(TimeSpan wait, int maxRecords, List<StreamRecord> into);

    /// <summary>True once a bounded source has no record to deliver any more, in a group neither to this member nor to another; always false for a live one.</summary>
    bool IsExhausted { get; }

    /// <summary>Stops fetching while <see cref="Poll"/> keeps the membership alive. Idempotent.</summary>
    void Pause();

    /// <summary>Fetches again. Idempotent.</summary>
    void Resume();

    /// <summary>Ends a running or the next wait of <see cref="Poll"/> early. The one member that any thread may call.</summary>
    void Wake();

    /// <summary>The number of records between the position of each active assignment and the end of its partition, summed; -1 when unknown.</summary>
    long Lag { get; }

    /// <summary>Leaves the group in order: revokes through the listener, then closes. Idempotent; Dispose without it abandons the group.</summary>
    void Close();
}

/// <summary>Hears of partitions that come and go; called inside <see cref="IRecordSource.Poll"/> and <see cref="IRecordSource.Close"/>.</summary>
/// <remarks>Handlers never throw, because librdkafka unassigns everything when one does; they note the failure instead.</remarks>
public interface IPartitionListener
{
    /// <summary>New stays begin. The list holds only the new ones.</summary>
    void OnAssigned(IReadOnlyList<PartitionAssignment> assignments);

    /// <summary>Stays end in order: the last chance to commit what is finished. They are inactive after the handler.</summary>
    void OnRevoked(IReadOnlyList<PartitionAssignment> assignments);

    /// <summary>Stays have already ended (session expired): another member may own the partitions, nothing may be committed.</summary>
    void OnLost(IReadOnlyList<PartitionAssignment> assignments);

    /// <summary>
    /// A bounded source has delivered the last record of a stay; those of this very poll are still to be read. Once they are all committed, the
    /// offset to commit is <paramref name="nextOffset"/>: it may lie behind gaps that deliver no record.
    /// </summary>
    void OnEnded(PartitionAssignment assignment, long nextOffset)
    {
    }
}

/// <summary>A source that cannot go on. <see cref="IsRecoverable"/> says whether a new one would have a chance.</summary>
public sealed class SourceFailedException : Exception
{
    /// <summary>Creates the exception.</summary>
    public SourceFailedException(string message, bool isRecoverable, Exception? inner = null)
        : base(message, inner) => IsRecoverable = isRecoverable;

    /// <summary>True when a new source may succeed (fenced, expired session); false for errors that stay (authorization, unknown topic).</summary>
    public bool IsRecoverable { get; }
}
