using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Tabular;

/// <summary>The type and the row's shape of an output, as a run gave it.</summary>
internal sealed record OutputShape(string Name, TensorElementType Type, long[] RowShape)
{
    internal int Width => checked((int)RowShape.Aggregate(1L, (product, size) => product * size));
}

/// <summary>
/// Runs sample rows to see what the outputs look like: the shapes that a model declares can lie. A leading axis that is not the rows is an error.
/// </summary>
internal static class OutputProbe
{
    /// <summary>Looks at the outputs of <paramref name="rows"/> rows that are in <paramref name="inputs"/>.</summary>
    /// <returns>Null when the run fails on these rows.</returns>
    /// <exception cref="ModelLoadException">An output does not have a row for each row.</exception>
    internal static IReadOnlyList<OutputShape>? Look(
        InferenceSession session, IReadOnlyList<InputTensor> inputs, IReadOnlyList<ConstantInput> constants, IReadOnlyList<string> outputs, int rows)
    {
        OrtValue[] values = [.. inputs.Select(input => input.CreateValue(rows))];
        try
        {
            using RunOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            string[] names = [.. inputs.Select(input => input.Name), .. constants.Select(constant => constant.Name)];
            OrtValue[] all = [.. values, .. constants.Select(constant => constant.Value)];
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, names, all, outputs.ToArray());
            return [.. results.Select((result, index) => ShapeOf(outputs[index], result, rows))];
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
        finally
        {
            foreach (OrtValue value in values) value.Dispose();
        }
    }

    /// <summary>What the model declares, for a model that fails on every made-up row.</summary>
    internal static IReadOnlyList<OutputShape> Declared(InferenceSession session, IReadOnlyList<string> outputs) =>
        [.. outputs.Select(output => Declared(output, session.OutputMetadata[output]))];

    private static OutputShape Declared(string output, NodeMetadata metadata)
    {
        if (metadata.Dimensions.Length == 0 || metadata.Dimensions.Skip(1).Any(size => size <= 0))
            throw new ModelLoadException($"The model fails on every sample row, and does not declare how many values a row of its output {output} has.");
        return new OutputShape(output, metadata.ElementDataType, [.. metadata.Dimensions.Skip(1).Select(size => (long)size)]);
    }

    private static OutputShape ShapeOf(string output, OrtValue result, int rows)
    {
        OrtTensorTypeAndShapeInfo info = result.GetTensorTypeAndShape();
        long[] shape = info.Shape;
        if (shape.Length == 0 || shape[0] != rows)
            throw new ModelLoadException($"The output {output} has the shape [{string.Join(", ", shape)}] for {rows} rows; its first axis must be the rows.");
        return new OutputShape(output, info.ElementDataType, shape[1..]);
    }
}
