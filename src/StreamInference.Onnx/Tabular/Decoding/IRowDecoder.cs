using StreamInference.Records;
using StreamInference.Runners;

namespace StreamInference.Onnx.Tabular;

/// <summary>Decodes a record into a row of the model's tensors.</summary>
internal interface IRowDecoder
{
    /// <returns>Null when it worked; else the row is free for the next record.</returns>
    RecordError? Decode(in StreamRecord record, int row);

    /// <summary>Where the fields of a decoded row stand that pass through.</summary>
    ReadOnlySpan<FieldSpan> Passthrough(int row);
}

/// <summary>
/// Takes the features of a user's decoder into the tensors, in the order of the inputs. What passes through is read from the record as JSON, where the
/// description asks for it.
/// </summary>
internal sealed class UserRowDecoder(IRecordDecoder decoder, IReadOnlyList<InputTensor> inputs, JsonRowDecoder? passthrough) : IRowDecoder
{
    private readonly float[] _features = new float[inputs.Sum(input => input.Width)];

    public RecordError? Decode(in StreamRecord record, int row)
    {
        Array.Clear(_features);
        if (decoder.Decode(record, _features) is { } error) return error;
        int feature = 0;
        foreach (InputTensor input in inputs)
        {
            for (int column = 0; column < input.Width; column++, feature++)
            {
                FeatureOutcome outcome = input.Set(row, column, (double)_features[feature]);
                if (outcome == FeatureOutcome.NotFinite) return new RecordError(RecordErrorCodes.NotFinite, $"Feature {feature} is not finite.");
                if (outcome != FeatureOutcome.Ok) return new RecordError(RecordErrorCodes.WrongType, $"Feature {feature} does not fit the type of {input.Name}.");
            }
        }

        return passthrough?.Decode(record, row);
    }

    public ReadOnlySpan<FieldSpan> Passthrough(int row) => passthrough is null ? [] : passthrough.Passthrough(row);
}
