using StreamInference.Records;

namespace StreamInference.Runners;

/// <summary>
/// A batch model whose decoding is worth threads of its own: it hears of a batch when it is submitted, while the model still runs on an
/// earlier one.
/// </summary>
public interface IPreparingBatchModel : IBatchModel
{
    /// <summary>
    /// Begins to decode a batch and returns at once. <see cref="IBatchModel.Run"/> follows for the same batch, in the order of the calls,
    /// unless the runner is disposed before; <see cref="IDisposable.Dispose"/> then ends the decoding first.
    /// </summary>
    /// <remarks>Called by the worker loop. The batch may be read until its results are out.</remarks>
    void Prepare(MicroBatch batch);
}
