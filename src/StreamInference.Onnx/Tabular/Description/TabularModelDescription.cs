using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.States;

namespace StreamInference.Onnx.Tabular;

/// <summary>What <c>model.yaml</c> of kind <c>tabular</c> says: how records become rows and rows become results.</summary>
public sealed record TabularModelDescription
{
    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>The model's version, a positive integer.</summary>
    public required int Version { get; init; }

    /// <summary>The ONNX file, relative to the description.</summary>
    public string File { get; init; } = "model.onnx";

    /// <summary>Providers in order of preference.</summary>
    public IReadOnlyList<ExecutionProvider> Providers { get; init; } = [ExecutionProvider.Cpu];

    /// <summary>The provider without which the model is not loaded; null: none.</summary>
    public ExecutionProvider? Require { get; init; }

    /// <summary>Threads inside one operator.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>The most rows in one run.</summary>
    public int MaxBatchSize { get; init; } = 1024;

    /// <summary>Run rows together even when they change each other's results.</summary>
    public bool AllowRowDependence { get; init; }

    /// <summary>Let NaN and infinities out as the texts "NaN", "Infinity" and "-Infinity"; otherwise such a row is a failure.</summary>
    public bool AllowNonFinite { get; init; }

    /// <summary>Put <c>latency_ms</c> into each result: from the record's timestamp to its scoring.</summary>
    public bool Latency { get; init; }

    /// <summary>The input tensors. Empty only with a decoder of the user's own: then the model's own inputs, in their order.</summary>
    public required IReadOnlyList<InputDescription> Inputs { get; init; }

    /// <summary>The outputs, in the order in which they are written.</summary>
    public required IReadOnlyList<OutputDescription> Outputs { get; init; }

    /// <summary>How the score becomes a decision; null: it does not.</summary>
    public DecisionDescription? Decision { get; init; }

    /// <summary>What is carried from a record to the next one of its key; null: nothing.</summary>
    public StateDescription? State { get; init; }

    /// <summary>Fields of the record that are copied into the result as they stand.</summary>
    public IReadOnlyList<PassthroughDescription> Passthrough { get; init; } = [];
}

/// <summary>One input tensor: features, or a constant.</summary>
public sealed record InputDescription
{
    /// <summary>The tensor's name in the model.</summary>
    public required string Tensor { get; init; }

    /// <summary>The features, in the order of the columns.</summary>
    public IReadOnlyList<FeatureDescription> Features { get; init; } = [];

    /// <summary>The one value of the whole tensor; null: it has features.</summary>
    public double? Constant { get; init; }
}

/// <summary>One or more columns made from one field.</summary>
public sealed record FeatureDescription
{
    /// <summary>Where the field is: a JSON pointer (RFC 6901).</summary>
    public required string Field { get; init; }

    /// <summary>The steps, in order; none: the number as it is.</summary>
    public IReadOnlyList<FeatureTransform> Transforms { get; init; } = [];

    /// <summary>The value that a record counts as having where the field is missing or null, before the steps; null: such a record is an error.</summary>
    public JsonScalar? Missing { get; init; }

    /// <summary>How many columns it fills.</summary>
    public int Width => Transforms.Count > 0 ? Transforms[0].Width : 1;
}

/// <summary>One output of the result.</summary>
public sealed record OutputDescription
{
    /// <summary>Its name in the result; <c>score</c> is what <see cref="DecisionDescription"/> goes by.</summary>
    public required string Name { get; init; }

    /// <summary>The tensor's name in the model.</summary>
    public required string Tensor { get; init; }

    /// <summary>The one column that counts; null: all of them.</summary>
    public int? Column { get; init; }

    /// <summary>The class whose probability counts, in a map of classes (ZipMap); null: the whole map.</summary>
    public string? Class { get; init; }

    /// <summary>The input of which the tensor is a reconstruction: the output is their mean squared difference. Null: the tensor itself.</summary>
    public string? ReconstructionOf { get; init; }
}

/// <summary>How a score is compared with a threshold.</summary>
public enum ThresholdComparison
{
    /// <summary>score ≥ threshold.</summary>
    AtLeast,

    /// <summary>score &gt; threshold.</summary>
    Above,

    /// <summary>score ≤ threshold; for scores where low is bad.</summary>
    AtMost,

    /// <summary>score &lt; threshold; for scores where low is bad.</summary>
    Below,
}

/// <summary>A decision and where it begins.</summary>
public sealed record ThresholdDescription(double At, string Name);

/// <summary>Turns the score into a decision.</summary>
public sealed record DecisionDescription
{
    /// <summary>The thresholds, the strictest first.</summary>
    public required IReadOnlyList<ThresholdDescription> Thresholds { get; init; }

    /// <summary>The decision when none applies.</summary>
    public required string Otherwise { get; init; }

    /// <summary>When a threshold applies.</summary>
    public ThresholdComparison When { get; init; }

    /// <summary>The output that is compared.</summary>
    public string Output { get; init; } = "score";
}

/// <summary>A field that goes into the result as it stands.</summary>
/// <param name="Field">Where it is: a JSON pointer (RFC 6901).</param>
/// <param name="Name">Its name in the result.</param>
/// <param name="When">The decisions with which it goes there; null: all.</param>
public sealed record PassthroughDescription(string Field, string Name, IReadOnlyList<string>? When = null);
