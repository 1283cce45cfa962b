using System.Buffers;
using StreamInference.Records;

namespace StreamInference.Runners;

/// <summary>
/// Turns a record into the features of one row: what a user writes when the declarative description is not enough (another format, a join).
/// Implementations must be thread-safe or be registered once for each worker.
/// </summary>
public interface IRecordDecoder
{
    /// <summary>Writes the features of <paramref name="record"/> into <paramref name="features"/> (length: the model's feature count, zeroed).</summary>
    /// <returns>Null when it worked; else the error that goes to the dead-letter topic. Never throws for bad input.</returns>
    RecordError? Decode(in StreamRecord record, Span<float> features);
}

/// <summary>Turns the model's output for one record into the value of its result record.</summary>
public interface IResultEncoder
{
    /// <summary>Writes the result's value.</summary>
    /// <param name="record">The record that was scored.</param>
    /// <param name="outputs">The model's outputs for this row, in the order of the description.</param>
    /// <param name="model">The model that made them.</param>
    /// <param name="into">Gets the bytes of the value.</param>
    void Encode(in StreamRecord record, ReadOnlySpan<float> outputs, ModelIdentity model, IBufferWriter<byte> into);
}
