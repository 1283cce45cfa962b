using StreamInference.Onnx.Descriptions;

namespace StreamInference.Onnx.Tabular;

/// <summary>Makes the outputs of a description over the tensors.</summary>
internal static class ResultValues
{
    /// <exception cref="ModelDescriptionException">An output asks for a column or a class that is not there.</exception>
    internal static IReadOnlyList<ResultValue> Create(TabularModelDescription description, string file, ModelTensors tensors, IReadOnlyDictionary<string, ClassColumns> classes)
    {
        DescriptionErrors errors = new(file);
        List<ResultValue> values = [];
        foreach (OutputDescription output in description.Outputs)
        {
            OutputTensor tensor = tensors.Outputs.First(candidate => candidate.Name == output.Tensor);
            InputTensor? input = output.ReconstructionOf is null ? null : tensors.Inputs.FirstOrDefault(candidate => candidate.Name == output.ReconstructionOf);
            if (Create(output, tensor, classes.GetValueOrDefault(output.Tensor), input, errors) is { } value) values.Add(value);
        }

        if (description.Decision is { } decision && values.Find(value => value.Description.Name == decision.Output) is { Count: not 1 } decided)
            errors.Add($"decision.output: {decision.Output} {(decided.Count == 0 ? "is a text" : "has several values; choose one with column or class")}");
        errors.ThrowIfAny();
        return values;
    }

    private static ResultValue? Create(OutputDescription output, OutputTensor tensor, ClassColumns? classes, InputTensor? input, DescriptionErrors errors)
    {
        string key = $"outputs.{output.Name}";
        if (output.ReconstructionOf is not null)
        {
            if (input is not TextTensor and not null && tensor is not TextOutput && input.Width == tensor.Width) return new ReconstructionError(output, tensor, input);
            errors.Add($"{key}.reconstruction_of: {output.Tensor} has {tensor.Width} values in a row, which are not those of {output.ReconstructionOf}");
            return null;
        }

        if (output.Class is { } wanted)
        {
            int column = classes?.Classes.ToList().IndexOf(wanted) ?? -1;
            if (column >= 0) return new ColumnValue(output, tensor, column);
            errors.Add(classes is null ? $"{key}.class: {output.Tensor} has no classes; use column" : $"{key}.class: there is no class {wanted}; there are {string.Join(", ", classes.Classes)}");
            return null;
        }

        if (output.Column is { } index && index >= tensor.Width)
        {
            errors.Add($"{key}.column: {output.Tensor} has {tensor.Width} values in a row, counted from 0");
            return null;
        }

        if (output.Column is { } chosen) return new ColumnValue(output, tensor, chosen);
        return tensor.Width == 1 && classes is null ? new ColumnValue(output, tensor, 0) : new RowValue(output, tensor, classes);
    }
}
