namespace StreamInference.Onnx.Tabular;

/// <summary>The keys of each mapping of a tabular description. The parser refuses others; the published JSON Schema is tested against it.</summary>
internal static class DescriptionKeys
{
    internal static readonly string[] Model =
    [
        "name", "version", "kind", "file", "providers", "require", "threads", "max_batch_size", "allow_row_dependence", "allow_non_finite", "latency",
        "inputs", "outputs", "decision", "passthrough", "state",
    ];

    internal static readonly string[] Input = ["tensor", "features", "fields", "columns", "constant", "transform", "transforms", "missing"];
    internal static readonly string[] Feature = ["field", "fields", "transform", "transforms", "missing"];
    internal static readonly string[] Output = ["tensor", "column", "class", "reconstruction_of"];
    internal static readonly string[] Decision = ["thresholds", "otherwise", "when", "output"];
    internal static readonly string[] Threshold = ["at", "name"];
    internal static readonly string[] Passthrough = ["field", "fields", "as", "when"];

    /// <summary>The steps and the parameters of each.</summary>
    internal static readonly IReadOnlyDictionary<string, string[]> Transforms = new Dictionary<string, string[]>
    {
        ["log1p"] = [],
        ["standardize"] = ["mean", "std"],
        ["min_max"] = ["min", "max"],
        ["clip"] = ["min", "max"],
        ["modulo"] = ["by"],
        ["divide"] = ["by"],
        ["multiply"] = ["by"],
        ["sine"] = ["period"],
        ["cosine"] = ["period"],
        ["boolean"] = [],
        ["ordinal"] = ["values", "unknown"],
        ["one_hot"] = ["values", "unknown", "unknown_bucket"],
    };

    internal static readonly IReadOnlyDictionary<string, ThresholdComparison> Comparisons = new Dictionary<string, ThresholdComparison>
    {
        ["at_least"] = ThresholdComparison.AtLeast,
        ["above"] = ThresholdComparison.Above,
        ["at_most"] = ThresholdComparison.AtMost,
        ["below"] = ThresholdComparison.Below,
    };
}
