namespace StreamInference.Configuration;

/// <summary>Which model runs, and on what.</summary>
public sealed record ModelConfig
{
    /// <summary>The folder of the model: it holds one folder for each version. A full path once read from a file.</summary>
    [Setting("The model's folder, with one folder for each version in it.", IsPath = true, Pattern = ".+")]
    public required string Path { get; init; }

    /// <summary>The version as a number, or <c>latest</c>: the greatest that is there.</summary>
    [Setting("The version: a positive integer, or latest for the greatest that is there.", Pattern = "latest|[1-9][0-9]{0,8}", NumberAllowed = true, Examples = ["latest"])]
    public string Version { get; init; } = "latest";

    /// <summary>Execution providers in order of preference; null: what the model's description says.</summary>
    [Setting("Execution providers in order of preference; by default what model.yaml says.", Examples = ["tensorrt", "cuda", "cpu"])]
    public IReadOnlyList<string>? Providers { get; init; }

    /// <summary>The provider without which the pipeline does not start; null: fall back in the order of <see cref="Providers"/>.</summary>
    [Setting("The execution provider without which the pipeline does not start; by default any of the list will do.", Examples = ["tensorrt", "cuda", "cpu"])]
    public string? Require { get; init; }
}
