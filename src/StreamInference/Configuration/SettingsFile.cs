namespace StreamInference.Configuration;

/// <summary>Reads a YAML file into a record whose properties have a <see cref="SettingAttribute"/>, with the rules of all configuration files.</summary>
public static class SettingsFile
{
    /// <summary>Reads, binds and validates a file.</summary>
    /// <exception cref="InvalidConfigurationException">Names every error with file, line and key.</exception>
    public static T Load<T>(string path)
        where T : class
    {
        try
        {
            return Parse<T>(File.ReadAllText(path), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidConfigurationException(path, [new ConfigError("", exception.Message)]);
        }
    }

    /// <summary>As <see cref="Load"/>, over a text that is the content of <paramref name="file"/>.</summary>
    /// <exception cref="InvalidConfigurationException">Names every error with file, line and key.</exception>
    public static T Parse<T>(string text, string file)
        where T : class
    {
        List<ConfigError> errors = [];
        T? settings = null;
        if (YamlSettings.Read(text, file, errors) is { } root)
        {
            settings = new SettingBinder(Path.GetDirectoryName(Path.GetFullPath(file))!, errors).Bind<T>(root);
            HashSet<string> reported = [.. errors.Select(error => error.Key)];
            List<ConfigError> refused = [];
            PipelineConfigValidator.CheckLimits(settings, "", refused);
            foreach (ConfigError error in refused)
                if (reported.Add(error.Key)) errors.Add(error with { Location = PipelineConfigFile.LocationOf(root, error.Key) });
        }

        return settings is not null && errors.Count == 0 ? settings : throw new InvalidConfigurationException(file, errors);
    }
}
