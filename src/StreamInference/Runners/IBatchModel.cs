using StreamInference.Records;

namespace StreamInference.Runners;

/// <summary>
/// A model that answers a whole batch in one call, one result for each record. <see cref="BatchModelRunner"/> makes a runner of it.
/// </summary>
public interface IBatchModel : IDisposable
{
    /// <summary>Name and version, for the result's headers.</summary>
    ModelIdentity Identity { get; }

    /// <summary>The most records that <see cref="Run"/> takes.</summary>
    int MaxBatchSize { get; }

    /// <summary>Whether it remembers something of each key: it then works on <see cref="PartitionAssignment.KeyedState"/> and adds the states to its results.</summary>
    bool KeepsState => false;

    /// <summary>
    /// The value of a made-up record, with which the runner warms the model up before traffic comes; empty: it has none, and the first records find it cold.
    /// </summary>
    ReadOnlyMemory<byte> Sample => default;

    /// <summary>
    /// Decodes, infers and encodes: adds exactly one final result or failure for each record of <paramref name="batch"/>, in its order.
    /// A bad record is a failure, not an exception; a record that fails only in company is run alone.
    /// </summary>
    /// <remarks>Called by one thread at a time. Allocates nothing per record.</remarks>
    /// <exception cref="ModelBrokenException">The model cannot go on (device lost, out of memory).</exception>
    void Run(MicroBatch batch, ResultBatch results);
}

/// <summary>A model that cannot go on at all; the worker stops and the host restarts it.</summary>
public sealed class ModelBrokenException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ModelBrokenException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
