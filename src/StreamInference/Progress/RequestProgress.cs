namespace StreamInference.Progress;

/// <summary>What the progress topic says of one unfinished or finished request of a partition.</summary>
/// <param name="Offset">The offset of its input record.</param>
/// <param name="Slots">The value of each slot, by number; slot n holds the outputs n × slot size and on.</param>
/// <param name="IsDone">Whether its final result is committed: it must not run again.</param>
public sealed record RequestProgress(long Offset, IReadOnlyDictionary<int, byte[]> Slots, bool IsDone);

/// <summary>
/// The committed state of all requests at or above the committed offset of a partition, folded from its progress topic when the partition was
/// assigned (the changelog technique of Kafka Streams).
/// </summary>
public sealed class RestoredProgress
{
    private readonly Dictionary<long, RequestProgress> _requests;

    /// <summary>Creates the state of <paramref name="requests"/>.</summary>
    public RestoredProgress(IEnumerable<RequestProgress> requests) => _requests = requests.ToDictionary(request => request.Offset);

    /// <summary>Nothing in progress.</summary>
    public static RestoredProgress Empty { get; } = new([]);

    /// <summary>The requests that have progress.</summary>
    public IReadOnlyCollection<RequestProgress> Requests => _requests.Values;

    /// <summary>The progress of the record at <paramref name="offset"/>; null: it starts from nothing.</summary>
    public RequestProgress? Find(long offset) => _requests.GetValueOrDefault(offset);
}

/// <summary>Reads the committed progress of a partition. Called on the worker loop, inside the assignment of the partition.</summary>
public interface IProgressStore : IDisposable
{
    /// <summary>
    /// The end that the progress partition has now, open transactions included (under <c>read_uncommitted</c>). The caller has read the stable
    /// committed offset before: the other order would miss what a zombie commits in between.
    /// </summary>
    /// <exception cref="Sources.SourceFailedException">The end cannot be found in time.</exception>
    long FindEnd(int partition);

    /// <summary>
    /// Reads the progress partition from its start up to <paramref name="end"/>, under <c>read_committed</c>: waits for transactions that are still
    /// open before it.
    /// </summary>
    /// <exception cref="Sources.SourceFailedException">The progress cannot be read in time.</exception>
    RestoredProgress Restore(int partition, long committedOffset, long end);
}
