using Microsoft.ML.OnnxRuntime;

namespace StreamInference.Onnx.Tabular;

/// <summary>Whether a row's result depends on the rows beside it.</summary>
public enum RowIndependence
{
    /// <summary>Sample rows gave the same results alone and among others.</summary>
    Independent,

    /// <summary>A sample row's result changed with its neighbours, beyond what rounding explains.</summary>
    Dependent,

    /// <summary>Not checked: the model takes one row, or fails on the sample rows.</summary>
    Unknown,
}

/// <summary>What the check at load found.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="LargestDifference">The largest difference between a row's output alone and among others.</param>
/// <param name="SampleRows">How many rows were compared.</param>
public sealed record RowIndependenceCheck(RowIndependence Verdict, double LargestDifference, int SampleRows)
{
    private const int MostSampleRows = 24;

    /// <summary>
    /// Runs made-up rows alone and together. Linear models and tree ensembles on several threads differ in their last bits; dynamically quantized
    /// models, which take one scale from the whole batch, by far more, above all beside a row with large values.
    /// </summary>
    internal static RowIndependenceCheck Run(ModelTensors tensors, IReadOnlyList<RowInput> inputs)
    {
        int rows = Math.Min(MostSampleRows, tensors.Capacity);
        if (rows < 2) return new RowIndependenceCheck(RowIndependence.Unknown, 0, 0);
        using ModelTensors alone = tensors.WithCapacity(rows);
        using ModelTensors single = tensors.WithCapacity(1);
        using ModelTensors among = tensors.WithCapacity(rows);
        int kept = RunAlone(alone, single, among, rows, new SampleRows(inputs, single.Inputs));
        if (kept < 2) return new RowIndependenceCheck(RowIndependence.Unknown, 0, kept);
        try
        {
            among.Run(kept);
        }
        catch (OnnxRuntimeException)
        {
            // Rows that run alone and fail together depend on each other for certain.
            return new RowIndependenceCheck(RowIndependence.Dependent, double.PositiveInfinity, kept);
        }

        return Compare(alone, among, kept);
    }

    private static int RunAlone(ModelTensors alone, ModelTensors single, ModelTensors among, int rows, SampleRows samples)
    {
        int kept = 0;
        among.Clear();
        for (int row = 0; row < rows; row++)
        {
            single.Clear();
            samples.Fill(0, row % 8 == 7 ? 100 : 1);
            try
            {
                single.Run(1);
            }
            catch (OnnxRuntimeException)
            {
                continue;
            }

            among.CopyInputs(single, 0, kept, 1);
            alone.CopyOutputs(single, 0, kept, 1);
            kept++;
        }

        return kept;
    }

    private static RowIndependenceCheck Compare(ModelTensors alone, ModelTensors among, int rows)
    {
        // A label at its boundary flips on the last bit of its score, so labels count only where there is nothing finer.
        bool anyFloating = alone.Outputs.Any(output => output.IsFloating);
        double largest = 0;
        bool dependent = false;
        for (int output = 0; output < alone.Outputs.Count; output++)
        {
            OutputTensor one = alone.Outputs[output];
            if (anyFloating && !one.IsFloating) continue;
            for (int index = 0; index < rows * one.Width; index++)
            {
                double left = one.Value(index / one.Width, index % one.Width);
                double right = among.Outputs[output].Value(index / one.Width, index % one.Width);
                if (left.Equals(right)) continue;
                double difference = Math.Abs(left - right);
                if (double.IsNaN(difference)) difference = double.PositiveInfinity;
                largest = Math.Max(largest, difference);
                dependent |= difference > one.Epsilon * Math.Max(1, Math.Abs(left));
            }
        }

        return new RowIndependenceCheck(dependent ? RowIndependence.Dependent : RowIndependence.Independent, largest, rows);
    }
}
