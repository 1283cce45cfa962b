namespace StreamInference.States;

/// <summary>Reads the committed states of a partition's keys. Called on the worker loop, inside the assignment of the partition.</summary>
public interface IStateStore : IDisposable
{
    /// <summary>
    /// Reads the states that belong to a committed offset. The caller has read it before, stable: the other order would miss what an earlier owner
    /// commits in between.
    /// </summary>
    /// <param name="partition">The partition.</param>
    /// <param name="committedOffset">The group's offset; -1: it has none.</param>
    /// <exception cref="Sources.SourceFailedException">They cannot be read in time.</exception>
    KeyedState Restore(int partition, long committedOffset);
}
