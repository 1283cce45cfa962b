namespace StreamInference.Onnx.Vision.Postprocessing;

/// <summary>The outputs of one frame, in the order of the description; read while the batch's results are written.</summary>
public interface IModelOutputs
{
    /// <summary>How many outputs there are.</summary>
    int Count { get; }

    /// <summary>The values of one output for this frame, row-major, without the batch axis.</summary>
    /// <param name="output">The output's place, from 0.</param>
    ReadOnlySpan<float> Values(int output);

    /// <summary>The axes of one output without the batch axis.</summary>
    /// <param name="output">The output's place, from 0.</param>
    ReadOnlySpan<int> Shape(int output);
}

/// <summary>Turns the outputs of a detector into candidates, before suppression. Stateless: one serves all workers.</summary>
public interface IDetectionDecoder
{
    /// <summary>Says whether outputs of these shapes can be decoded.</summary>
    /// <param name="outputs">Outputs of a trial run.</param>
    /// <returns>Null when they can; else what is wrong, in a sentence.</returns>
    string? Check(IModelOutputs outputs);

    /// <summary>Adds each candidate whose score reaches the threshold, in the coordinates of the model's input.</summary>
    /// <param name="outputs">The outputs of one frame, of shapes that <see cref="Check"/> accepts.</param>
    /// <param name="threshold">The lowest score.</param>
    /// <param name="candidates">Takes the candidates.</param>
    void Decode(IModelOutputs outputs, float threshold, List<Detection> candidates);
}
