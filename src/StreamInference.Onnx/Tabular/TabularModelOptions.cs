using Microsoft.Extensions.Logging;
using StreamInference.Onnx.Descriptions;
using StreamInference.Onnx.Sessions;
using StreamInference.Runners;

namespace StreamInference.Onnx.Tabular;

/// <summary>What the caller decides about a tabular model, beside its description.</summary>
public sealed record TabularModelOptions
{
    /// <summary>The version to load from a model's folder: a positive integer or <c>latest</c>.</summary>
    public string Version { get; init; } = ModelRepository.Latest;

    /// <summary>Providers in order of preference; null: what the description says.</summary>
    public IReadOnlyList<ExecutionProvider>? Providers { get; init; }

    /// <summary>The provider without which the model is not loaded; null: what the description says.</summary>
    public ExecutionProvider? Require { get; init; }

    /// <summary>Decodes records instead of the description's features; owned by the caller.</summary>
    public IRecordDecoder? Decoder { get; init; }

    /// <summary>Encodes results instead of the JSON of the description; owned by the caller.</summary>
    public IResultEncoder? Encoder { get; init; }

    /// <summary>Whether results may hold <c>latency_ms</c> where the description says so; not in a replay, whose results are the same again.</summary>
    public bool AllowsLatency { get; init; } = true;

    /// <summary>The clock of <c>latency_ms</c>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Gets refused providers and the verdict on row independence; null: no log.</summary>
    public ILogger? Logger { get; init; }
}
