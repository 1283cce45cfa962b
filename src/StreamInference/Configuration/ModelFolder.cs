using System.Globalization;

namespace StreamInference.Configuration;

/// <summary>One version of a model in its repository: <c>&lt;path&gt;/&lt;version&gt;/model.yaml</c>, versions are integers as in Triton's.</summary>
/// <param name="Path">The version's folder.</param>
/// <param name="Version">The version.</param>
public sealed record ModelFolder(string Path, int Version)
{
    /// <summary>The description's file name.</summary>
    public const string DescriptionFile = "model.yaml";

    /// <summary>Finds the version that a pipeline names.</summary>
    /// <exception cref="InvalidConfigurationException">There is no such version.</exception>
    public static ModelFolder Find(ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(model);
        IReadOnlyList<int> versions = Versions(model.Path);
        if (versions.Count == 0) throw Invalid("model.path", $"{model.Path} has no version: a folder named by a number with a {DescriptionFile} in it");
        int version = model.Version == "latest" ? versions[^1] : int.Parse(model.Version, CultureInfo.InvariantCulture);
        return versions.Contains(version)
            ? new ModelFolder(System.IO.Path.Combine(model.Path, version.ToString(CultureInfo.InvariantCulture)), version)
            : throw Invalid("model.version", $"{model.Path} has no version {version}; it has {string.Join(", ", versions)}");
    }

    /// <summary>The versions in a model's folder, in ascending order.</summary>
    public static IReadOnlyList<int> Versions(string path) =>
        !Directory.Exists(path) ? [] :
        [.. from folder in Directory.EnumerateDirectories(path)
            where File.Exists(System.IO.Path.Combine(folder, DescriptionFile))
            let version = int.TryParse(System.IO.Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0
            where version > 0
            orderby version
            select version];

    /// <summary>The kind of model that the description names; <c>tabular</c> when it names none.</summary>
    /// <exception cref="InvalidConfigurationException">The description cannot be read.</exception>
    public string ReadKind()
    {
        string file = System.IO.Path.Combine(Path, DescriptionFile);
        List<ConfigError> errors = [];
        SectionNode? root = YamlSettings.Read(File.ReadAllText(file), file, errors);
        if (root is null || errors.Count > 0) throw new InvalidConfigurationException(file, errors);
        return root.Find(["kind"]) is ScalarNode { IsNull: false } kind ? kind.Text : "tabular";
    }

    private static InvalidConfigurationException Invalid(string key, string message) => new("model", [new ConfigError(key, message)]);
}
