namespace StreamInference.Configuration;

/// <summary>Reads a <c>pipeline.yaml</c>.</summary>
public static class PipelineConfigFile
{
    /// <summary>Reads, overrides, binds and validates a file.</summary>
    /// <param name="path">The file; relative paths in it start at its folder.</param>
    /// <param name="overrides">What the environment and the flags say; null for nothing.</param>
    /// <returns>The configuration; paths in it are full.</returns>
    /// <exception cref="InvalidConfigurationException">Names every error with file, line and key.</exception>
    public static PipelineConfig Load(string path, ConfigOverrides? overrides = null)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidConfigurationException(path, [new ConfigError("", exception.Message)]);
        }

        return Parse(text, path, overrides);
    }

    /// <summary>As <see cref="Load"/>, over a text that is, or will be, the content of <paramref name="file"/>.</summary>
    /// <param name="text">YAML, or JSON.</param>
    /// <param name="file">Named in errors; relative paths start at its folder.</param>
    /// <param name="overrides">What the environment and the flags say; null for nothing.</param>
    /// <param name="checkPaths">Whether the model's folder must exist.</param>
    /// <exception cref="InvalidConfigurationException">Names every error with file, line and key.</exception>
    public static PipelineConfig Parse(string text, string file, ConfigOverrides? overrides = null, bool checkPaths = true)
    {
        List<ConfigError> errors = [];
        PipelineConfig? config = Parse(text, file, overrides ?? ConfigOverrides.None, errors, checkPaths);
        return config is not null && errors.Count == 0 ? config : throw new InvalidConfigurationException(file, errors);
    }

    private static PipelineConfig? Parse(string text, string file, ConfigOverrides overrides, List<ConfigError> errors, bool checkPaths)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        SectionNode? root = YamlSettings.Read(text, file, errors);
        if (root is null) return null;
        overrides.Apply(root);
        PipelineConfig config = new SettingBinder(folder, errors).Bind<PipelineConfig>(root) with { BaseDirectory = folder };
        HashSet<string> reported = [.. errors.Select(e => e.Key)];
        foreach (ConfigError error in PipelineConfigValidator.Validate(config).Concat(checkPaths ? MissingFolders(config) : []))
            if (reported.Add(error.Key)) errors.Add(error with { Location = LocationOf(root, error.Key) });
        return config;
    }

    private static IEnumerable<ConfigError> MissingFolders(PipelineConfig config)
    {
        if (config.Model.Path.Length > 0 && !Directory.Exists(config.Model.Path)) yield return new ConfigError("model.path", $"there is no folder {config.Model.Path}");
    }

    // A setting that is not in the file is an error of the section that lacks it.
    internal static string LocationOf(SectionNode root, string key)
    {
        string[] path = SettingKey.Split(key);
        for (int length = path.Length; length > 0; length--)
            if (root.Find(path.AsSpan(0, length)) is { } node) return node.Location;
        return root.Location;
    }
}
