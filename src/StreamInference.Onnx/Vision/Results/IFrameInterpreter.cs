using System.Text.Json;
using StreamInference.Onnx.Vision.Postprocessing;
using StreamInference.Onnx.Vision.Preprocessing;
using StreamInference.Records;

namespace StreamInference.Onnx.Vision.Results;

/// <summary>Turns the outputs of one frame into the members of its result.</summary>
internal interface IFrameInterpreter
{
    /// <summary>Says whether outputs of these shapes can be read; null when they can, else what is wrong.</summary>
    string? Check(IModelOutputs outputs);

    /// <summary>Writes members into the open JSON object.</summary>
    /// <returns>Null, or why there is no result; what was written is then discarded.</returns>
    RecordError? Write(IModelOutputs outputs, in Placement placement, Utf8JsonWriter json);
}
