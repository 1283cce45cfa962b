using System.Globalization;
using StreamInference.Configuration;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Descriptions;

/// <summary>A version of a model in a repository.</summary>
/// <param name="Folder">Its folder, full path.</param>
/// <param name="Description">Its <c>model.yaml</c>, full path.</param>
/// <param name="Version">The version that its folder's name gives; null when the folder was named itself.</param>
public sealed record ModelLocation(string Folder, string Description, int? Version);

/// <summary>
/// Finds models as Triton's model repository lays them out: <c>&lt;name&gt;/&lt;version&gt;/</c> with integer versions, here with a
/// <c>model.yaml</c> in each version's folder.
/// </summary>
public static class ModelRepository
{
    /// <summary>The name of the greatest version that is there.</summary>
    public const string Latest = "latest";

    /// <summary>Finds a version of a model.</summary>
    /// <param name="path">The model's folder, with one folder for each version; or a version's folder or <c>model.yaml</c> itself.</param>
    /// <param name="version">A positive integer or <see cref="Latest"/>; ignored when <paramref name="path"/> is a version itself.</param>
    /// <exception cref="ModelLoadException">There is no such model or version; the message lists what is there.</exception>
    public static ModelLocation Resolve(string path, string version = Latest)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(version);
        string full = Path.GetFullPath(path);
        if (File.Exists(full)) return new ModelLocation(Path.GetDirectoryName(full)!, full, null);
        if (!Directory.Exists(full)) throw new ModelLoadException($"There is no model at {path}.");
        if (HasDescription(full)) return new ModelLocation(full, Path.Combine(full, ModelFolder.DescriptionFile), null);
        return OfVersion(path, full, version);
    }

    private static ModelLocation OfVersion(string path, string full, string version)
    {
        IReadOnlyList<int> versions = ModelFolder.Versions(full);
        if (versions.Count == 0) throw new ModelLoadException($"{path} has no version: a folder named by a positive integer with a {ModelFolder.DescriptionFile} in it.");
        int? wanted = version == Latest ? versions[^1] : VersionOf(version);
        if (wanted is null || !versions.Contains(wanted.Value))
            throw new ModelLoadException($"{path} has no version {version}; there are {string.Join(", ", versions)}.");
        string folder = Path.Combine(full, wanted.Value.ToString(CultureInfo.InvariantCulture));
        return new ModelLocation(folder, Path.Combine(folder, ModelFolder.DescriptionFile), wanted);
    }

    private static bool HasDescription(string folder) => File.Exists(Path.Combine(folder, ModelFolder.DescriptionFile));

    private static int? VersionOf(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int version) ? version : null;
}
