using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StreamInference.Onnx.Descriptions;
using StreamInference.Onnx.States;

namespace StreamInference.Onnx.Tabular;

/// <summary>An input tensor that rows fill: its type, the values in a row, and the shape of a row.</summary>
internal sealed record RowInput(InputDescription Description, TensorElementType Type, int Width, long[] RowShape)
{
    /// <summary>Makes the tensor, every row of it the constant if it is one.</summary>
    internal InputTensor Create(int capacity)
    {
        InputTensor tensor = TensorFactory.Input(Type, Description.Tensor, Width, capacity, RowShape)!;
        if (Description.Constant is { } constant)
        {
            for (int row = 0; row < capacity; row++)
                for (int column = 0; column < Width; column++) tensor.SetMissing(row, column, constant);
        }

        return tensor;
    }

    /// <summary>The features with the first column of each.</summary>
    internal IEnumerable<(FeatureDescription Feature, int Column)> Columns()
    {
        int column = 0;
        foreach (FeatureDescription feature in Description.Features)
        {
            yield return (feature, column);
            column += feature.Width;
        }
    }
}

/// <summary>
/// A description held against the model's own metadata: which tensor takes which features, and how many rows a run must have. Every disagreement is
/// reported at once.
/// </summary>
internal sealed class ModelSignature
{
    private ModelSignature(IReadOnlyList<RowInput> inputs, IReadOnlyList<(InputDescription Description, NodeMetadata Metadata)> constants, IReadOnlyList<string> outputs, int? fixedRows)
    {
        Inputs = inputs;
        Constants = constants;
        Outputs = outputs;
        FixedRows = fixedRows;
    }

    internal IReadOnlyList<RowInput> Inputs { get; }

    internal IReadOnlyList<(InputDescription Description, NodeMetadata Metadata)> Constants { get; }

    /// <summary>The distinct output tensors that the description reads.</summary>
    internal IReadOnlyList<string> Outputs { get; }

    /// <summary>The number of rows that the model's inputs declare; null: any.</summary>
    internal int? FixedRows { get; }

    /// <exception cref="ModelDescriptionException">The description and the model disagree.</exception>
    internal static ModelSignature Match(TabularModelDescription description, string file, InferenceSession session)
    {
        DescriptionErrors errors = new(file);
        List<RowInput> inputs = [];
        List<(InputDescription, NodeMetadata)> constants = [];
        foreach (InputDescription input in description.Inputs.Count > 0 ? description.Inputs : OwnInputs(description, session, errors))
        {
            if (!session.InputMetadata.TryGetValue(input.Tensor, out NodeMetadata? metadata) || !metadata.IsTensor)
                errors.Add($"inputs: the model has no input tensor {input.Tensor}; it has {string.Join(", ", session.InputMetadata.Keys)}");
            else if (input.Constant is not null && !HasFreeAxis(metadata)) constants.Add((input, metadata));
            else if (MatchRow(input, metadata, errors) is { } row) inputs.Add(row);
        }

        if (description.Inputs.Count > 0)
        {
            foreach (string unfilled in session.InputMetadata.Keys.Except(description.Inputs.Select(input => input.Tensor)).Except(StateInputs(description)))
                errors.Add($"inputs: nothing fills the model's input {unfilled}");
        }

        foreach (StateTensor state in description.State?.Tensors ?? [])
            if (MatchState(state, session, errors) is { } row) inputs.Add(row);
        string[] outputs = [.. description.Outputs.Select(output => output.Tensor).Concat(description.State?.Tensors.Select(state => state.Output) ?? []).Distinct()];
        foreach (string output in outputs) CheckOutput(output, session, errors);
        int[] fixedRows = [.. inputs.Select(input => session.InputMetadata[input.Description.Tensor].Dimensions[0]).Where(rows => rows > 0).Distinct()];
        if (fixedRows.Length > 1) errors.Add($"inputs: the model's inputs are fixed to different numbers of rows: {string.Join(", ", fixedRows)}");
        errors.ThrowIfAny();
        return new ModelSignature(inputs, constants, outputs, fixedRows.Length == 1 ? fixedRows[0] : null);
    }

    // With a decoder of the user's own the model's inputs are filled in their order, each with as many values as it declares.
    private static IEnumerable<InputDescription> OwnInputs(TabularModelDescription description, InferenceSession session, DescriptionErrors errors)
    {
        foreach ((string name, NodeMetadata metadata) in session.InputMetadata)
        {
            if (StateInputs(description).Contains(name)) continue;
            if (!metadata.IsTensor || metadata.Dimensions.Length == 0 || metadata.Dimensions.Skip(1).Any(size => size <= 0))
            {
                errors.Add($"inputs: say how {name} is filled; the model does not declare how many values a row of it has");
                continue;
            }

            int width = metadata.Dimensions.Skip(1).Aggregate(1, (product, size) => product * size);
            yield return new InputDescription { Tensor = name, Features = [.. Enumerable.Range(0, width).Select(index => new FeatureDescription { Field = $"/{name}/{index}" })] };
        }
    }

    private static IEnumerable<string> StateInputs(TabularModelDescription description) => description.State?.Tensors.Select(state => state.Input) ?? [];

    // A row of it is the initial state until the state of a key is put there.
    private static RowInput? MatchState(StateTensor state, InferenceSession session, DescriptionErrors errors)
    {
        if (!session.InputMetadata.TryGetValue(state.Input, out NodeMetadata? metadata) || !metadata.IsTensor)
        {
            errors.Add($"state: the model has no input tensor {state.Input}; it has {string.Join(", ", session.InputMetadata.Keys)}");
            return null;
        }

        long[] rowShape = [.. metadata.Dimensions.Skip(1).Select(size => (long)size)];
        if (metadata.Dimensions.Length == 0 || rowShape.Any(size => size <= 0))
        {
            errors.Add($"state: the model does not declare how many values a row of {state.Input} has");
            return null;
        }

        int width = checked((int)rowShape.Aggregate(1L, (product, size) => product * size));
        if (TensorFactory.Input(metadata.ElementDataType, state.Input, 1, 1, [1]) is { IsPinned: true })
            return new RowInput(new InputDescription { Tensor = state.Input, Constant = state.Initial }, metadata.ElementDataType, width, rowShape);
        errors.Add($"state: the tensor {state.Input} has the type {metadata.ElementDataType}, which is not carried");
        return null;
    }

    private static bool HasFreeAxis(NodeMetadata metadata) => metadata.Dimensions.Any(size => size <= 0);

    private static RowInput? MatchRow(InputDescription input, NodeMetadata metadata, DescriptionErrors errors)
    {
        int width = input.Constant is not null ? 1 : input.Features.Sum(feature => feature.Width);
        int[] shape = metadata.Dimensions;
        if (shape.Length == 0)
        {
            errors.Add($"inputs: the tensor {input.Tensor} is a single value without rows; give it a constant");
            return null;
        }

        long[] rowShape = [.. shape.Skip(1).Select(size => (long)size)];
        long known = rowShape.Where(size => size > 0).Aggregate(1L, (product, size) => product * size);
        int free = Array.FindIndex(rowShape, size => size <= 0);
        if (free >= 0 && rowShape.Count(size => size <= 0) == 1 && width % known == 0) rowShape[free] = width / known;
        long declared = rowShape.Aggregate(1L, (product, size) => product * size);
        if (declared != width || rowShape.Any(size => size <= 0))
        {
            errors.Add($"inputs: a row of {input.Tensor} has {ShapeText(shape)} values in the model, and the description gives {width}");
            return null;
        }

        if (TensorFactory.Input(metadata.ElementDataType, input.Tensor, 1, 1, [1]) is null)
        {
            errors.Add($"inputs: the tensor {input.Tensor} has the type {metadata.ElementDataType}, which records cannot fill");
            return null;
        }

        return new RowInput(input, metadata.ElementDataType, width, rowShape);
    }

    private static string ShapeText(int[] shape) => shape.Length == 1 ? "1" : string.Join(" × ", shape.Skip(1).Select(size => size > 0 ? $"{size}" : "any number of"));

    private static void CheckOutput(string output, InferenceSession session, DescriptionErrors errors)
    {
        if (!session.OutputMetadata.TryGetValue(output, out NodeMetadata? metadata))
            errors.Add($"outputs: the model has no output {output}; it has {string.Join(", ", session.OutputMetadata.Keys)}");
        else if (!metadata.IsTensor)
            errors.Add($"outputs: {output} is not a tensor, nor a ZipMap's maps");
        else if (TensorFactory.Output(metadata.ElementDataType, output, 1, 1, []) is null)
            errors.Add($"outputs: {output} has the type {metadata.ElementDataType}, which results cannot hold");
    }
}
