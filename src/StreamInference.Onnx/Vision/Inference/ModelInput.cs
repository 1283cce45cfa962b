using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.States;
using StreamInference.Onnx.Vision.Preprocessing;

namespace StreamInference.Onnx.Vision.Inference;

/// <summary>Compares the description's preprocessing with the model's input.</summary>
internal static class ModelInput
{
    /// <summary>The preprocessing with the model's own size where the description has none.</summary>
    /// <exception cref="ModelLoadException">They contradict each other.</exception>
    public static PreprocessSpec Fit(InferenceSession session, string name, string input, PreprocessSpec preprocess)
    {
        var metadata = session.InputMetadata[input];
        CheckType(name, input, metadata.ElementDataType, preprocess.Type);
        int[] axes = metadata.Dimensions;
        if (axes.Length != 4) throw new ModelLoadException($"the input \"{input}\" of {name} has {axes.Length} axes; a batch of frames has 4.");
        var (channels, height, width) = preprocess.Layout == TensorLayout.Nchw ? (axes[1], axes[2], axes[3]) : (axes[3], axes[1], axes[2]);
        if (channels > 0 && channels != preprocess.Channels)
            throw new ModelLoadException($"the input \"{input}\" of {name} has {channels} channels, preprocess.colour gives {preprocess.Channels} (preprocess.layout: {preprocess.Layout}).");
        return preprocess with
        {
            Fit = preprocess.Fit with { Width = Side(name, "width", width, preprocess.Fit.Width), Height = Side(name, "height", height, preprocess.Fit.Height) },
        };
    }

    /// <summary>The input that takes the frames: the one that carries no state.</summary>
    /// <exception cref="ModelLoadException">There is none, or more than one.</exception>
    public static string Frames(InferenceSession session, string name, StateDescription? state)
    {
        string[] inputs = [.. session.InputNames.Except(state?.Tensors.Select(tensor => tensor.Input) ?? [])];
        return inputs.Length == 1
            ? inputs[0]
            : throw new ModelLoadException($"{name} has {inputs.Length} inputs without a state ({string.Join(", ", inputs)}); a vision model has one, the frames.");
    }

    private static void CheckType(string name, string input, TensorElementType model, PixelType described)
    {
        var wanted = described == PixelType.Float32 ? TensorElementType.Float : TensorElementType.UInt8;
        if (model != wanted) throw new ModelLoadException($"the input \"{input}\" of {name} is of {model}, preprocess.type gives {wanted}.");
    }

    private static int Side(string name, string key, int model, int described)
    {
        if (model <= 0 && described <= 0) throw new ModelLoadException($"{name} takes frames of any {key}: preprocess.{key} must say which.");
        if (model > 0 && described > 0 && model != described)
            throw new ModelLoadException(string.Create(CultureInfo.InvariantCulture, $"{name} takes frames of {key} {model}, preprocess.{key} is {described}."));
        return model > 0 ? model : described;
    }
}
