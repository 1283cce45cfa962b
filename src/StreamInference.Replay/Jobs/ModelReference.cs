using System.Globalization;
using StreamInference.Configuration;

namespace StreamInference.Replay.Jobs;

/// <summary>A model as <c>--model</c> names it: <c>name@version</c>, <c>name</c> or <c>@version</c>, beside the pipeline's own.</summary>
public static class ModelReference
{
    /// <summary>The name and version of a model: its folder's name, and the version that is there now for <c>latest</c>; the name alone where the folder has no versions.</summary>
    /// <exception cref="InvalidConfigurationException">There is no such version.</exception>
    public static string NameOf(ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(model);
        string name = Path.GetFileName(model.Path.TrimEnd('/'));
        return HasVersions(model) || model.Version != "latest" ? $"{name}@{ModelFolder.Find(model).Version.ToString(CultureInfo.InvariantCulture)}" : name;
    }

    /// <summary>The pipeline with the model that <paramref name="reference"/> names, and its version fixed.</summary>
    /// <param name="pipeline">The pipeline; the named model's folder lies beside that of its own.</param>
    /// <param name="reference">The reference; null for the pipeline's own model.</param>
    /// <exception cref="InvalidConfigurationException">There is no such model or version.</exception>
    public static PipelineConfig Apply(PipelineConfig pipeline, string? reference)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ModelConfig model = pipeline.Model;
        if (reference is not null)
        {
            string[] parts = reference.Split('@');
            string path = model.Path.TrimEnd('/');
            if (parts[0].Length > 0) path = Path.Combine(Path.GetDirectoryName(path) ?? "", parts[0]);
            string version = parts.Length == 2 ? parts[1] : parts.Length == 1 && parts[0].Length > 0 ? "latest" : "";
            if (version != "latest" && !(int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0))
                throw new InvalidConfigurationException("replay", [new ConfigError("--model", $"\"{reference}\" must be name@version, name or @version")]);
            model = model with { Path = path, Version = version };
        }

        // Language models may be a single folder without versions.
        if (reference is null && !HasVersions(model)) return pipeline;
        return pipeline with { Model = model with { Version = ModelFolder.Find(model).Version.ToString(CultureInfo.InvariantCulture) } };
    }

    private static bool HasVersions(ModelConfig model) => ModelFolder.Versions(model.Path).Count > 0;
}
