using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.States;
using StreamInference.Onnx.Vision.Decoding;
using StreamInference.Onnx.Vision.Preprocessing;

namespace StreamInference.Onnx.Vision.Description;

/// <summary>What a <c>model.yaml</c> of the kind <c>vision</c> says: how frames become a tensor, and tensors results.</summary>
public sealed record VisionDescription
{
    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>The model's version, at least 1.</summary>
    public required int Version { get; init; }

    /// <summary>The ONNX file; a full path once read from a file. <c>model.onnx</c> unless set.</summary>
    public string File { get; init; } = "model.onnx";

    /// <summary>Providers in order of preference.</summary>
    public IReadOnlyList<ExecutionProvider> Providers { get; init; } = [ExecutionProvider.Cpu];

    /// <summary>The provider without which the model is not loaded; null: any will do.</summary>
    public ExecutionProvider? Require { get; init; }

    /// <summary>Threads inside one operator; 1 unless set.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>The most frames in one run; 8 unless set. A model with a fixed batch axis runs them one after the other.</summary>
    public int MaxBatchSize { get; init; } = 8;

    /// <summary>Run frames together even when they change each other's results.</summary>
    public bool AllowRowDependence { get; init; }

    /// <summary>Threads that decode frames beside the model's own.</summary>
    public int DecodeThreads { get; init; } = DefaultDecodeThreads;

    /// <summary>What a frame may cost.</summary>
    public FrameLimits Limits { get; init; } = new();

    /// <summary>A folder whose files records may name in the header <c>file</c> instead of carrying a frame; null: they may not.</summary>
    public string? FileRoot { get; init; }

    /// <summary>The names of the classes; empty: results have numbers only.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>From frame to tensor. Zero width or height: taken from the model.</summary>
    public required PreprocessSpec Preprocess { get; init; }

    /// <summary>What is carried from a frame to the next one of its key; null: nothing.</summary>
    public StateDescription? State { get; init; }

    /// <summary>From tensor to result.</summary>
    public required PostprocessSpec Postprocess { get; init; }

    /// <summary>Half of the processors, at most 4: the other half runs models.</summary>
    internal static int DefaultDecodeThreads => Math.Clamp(Environment.ProcessorCount / 2, 1, 4);
}
