using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.States;
using StreamInference.States;

namespace StreamInference.Onnx.Tabular;

/// <summary>The tensors that carry the states of the rows, in and out. Owned by the model's loop.</summary>
internal sealed class StateTensors
{
    private readonly (InputTensor In, OutputTensor Out)[] _pairs;

    private StateTensors((InputTensor In, OutputTensor Out)[] pairs, KeyedRows rows) => (_pairs, Rows) = (pairs, rows);

    /// <summary>Which state is of which row.</summary>
    internal KeyedRows Rows { get; }

    /// <summary>Finds the tensors of a description.</summary>
    /// <exception cref="ModelLoadException">An output is not what its input takes.</exception>
    internal static StateTensors? Create(StateDescription? description, ModelTensors tensors, IReadOnlyList<RowInput> inputs)
    {
        if (description is null) return null;
        (InputTensor, OutputTensor)[] pairs = [.. description.Tensors.Select(state => Pair(state, tensors))];
        byte[] initial = [.. description.Tensors.SelectMany(state => inputs.Single(input => input.Description.Tensor == state.Input).Create(1).RowBytes(0).ToArray())];
        return new StateTensors(pairs, new KeyedRows(description.Options(initial), tensors.Capacity));
    }

    /// <summary>Puts a state into a row's inputs.</summary>
    internal void Load(StateCell cell, int row)
    {
        ReadOnlySpan<byte> from = cell.Value;
        foreach ((InputTensor into, _) in _pairs)
        {
            Span<byte> bytes = into.RowBytes(row);
            from[..bytes.Length].CopyTo(bytes);
            from = from[bytes.Length..];
        }
    }

    /// <summary>Whether the state that a row leaves has only finite values.</summary>
    internal bool IsFinite(int row)
    {
        foreach ((_, OutputTensor output) in _pairs)
        {
            if (!output.IsFloating) continue;
            for (int column = 0; column < output.Width; column++)
                if (!double.IsFinite(output.Value(row, column))) return false;
        }

        return true;
    }

    /// <summary>Takes the state that a row leaves.</summary>
    internal void Store(int row, StateCell into)
    {
        Span<byte> to = into.Value;
        foreach ((_, OutputTensor output) in _pairs)
        {
            ReadOnlySpan<byte> bytes = output.RowBytes(row);
            bytes.CopyTo(to);
            to = to[bytes.Length..];
        }
    }

    private static (InputTensor In, OutputTensor Out) Pair(StateTensor state, ModelTensors tensors)
    {
        InputTensor input = tensors.Inputs.Single(one => one.Name == state.Input);
        OutputTensor output = tensors.Outputs.Single(one => one.Name == state.Output);
        if (!input.IsPinned || !output.IsPinned) throw new ModelLoadException($"state: {state.Input} holds texts, which are not carried.");
        int taken = input.RowBytes(0).Length, given = output.RowBytes(0).Length;
        if (taken != given || input.Width != output.Width)
            throw new ModelLoadException($"state: {state.Output} gives {output.Width} values ({given} bytes) and {state.Input} takes {input.Width} ({taken} bytes).");
        return (input, output);
    }
}
