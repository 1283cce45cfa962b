using StreamInference.Records;

namespace StreamInference.Configuration;

/// <summary>The rules of a pipeline's configuration, from a file or from code.</summary>
public static class PipelineConfigValidator
{
    /// <summary>Every error of <paramref name="config"/>; empty when it can be used.</summary>
    public static IReadOnlyList<ConfigError> Validate(PipelineConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        List<ConfigError> errors = [];
        CheckLimits(config, "", errors);
        CheckTopics(config, errors);
        CheckModel(config.Model, errors);
        CheckRequests(config, errors);
        CheckFlow(config, errors);
        CheckClient(config.Kafka.Properties, "kafka.", errors);
        CheckClient(config.Kafka.Consumer, "kafka.consumer.", errors);
        CheckClient(config.Kafka.Producer, "kafka.producer.", errors);
        return errors;
    }

    /// <summary>Throws when <paramref name="config"/> cannot be used.</summary>
    /// <exception cref="InvalidConfigurationException">Names every error.</exception>
    public static void ThrowIfInvalid(PipelineConfig config)
    {
        IReadOnlyList<ConfigError> errors = Validate(config);
        if (errors.Count > 0) throw new InvalidConfigurationException($"Pipeline {config.Name}", errors);
    }

    internal static void CheckLimits(object record, string prefix, List<ConfigError> errors)
    {
        foreach (SettingInfo setting in SettingInfo.Of(record.GetType()))
        {
            object? value = setting.Get(record);
            if (value is null)
            {
                if (setting.IsRequired) errors.Add(new ConfigError(prefix + setting.Key, "is required"));
            }
            else if (setting.IsSection)
            {
                CheckLimits(value, prefix + setting.Key + ".", errors);
            }
            else if (setting.Refuse(value) is { } refusal)
            {
                errors.Add(new ConfigError(prefix + setting.Key, refusal));
            }
        }
    }

    private static void CheckTopics(PipelineConfig config, List<ConfigError> errors)
    {
        if (config.Output.Topic == config.Input.Topic) errors.Add(new ConfigError("output.topic", "must not be the input topic: the pipeline would read its own results"));
        if (config.DeadLetterTopic == config.Input.Topic) errors.Add(new ConfigError("dead_letter.topic", "must not be the input topic: the pipeline would read its own dead letters"));
        if (config.Control is { } control && (control.Topic == config.Input.Topic || control.Topic == config.Output.Topic || control.Topic == config.DeadLetterTopic))
            errors.Add(new ConfigError("control.topic", "must be a topic of its own"));
        if (config.DeadLetterTopic == config.Output.Topic) errors.Add(new ConfigError("dead_letter.topic", "must not be the output topic: its readers expect results"));
    }

    private static void CheckRequests(PipelineConfig config, List<ConfigError> errors)
    {
        foreach (string condition in config.Input.Where ?? [])
            if (!FieldCondition.TryParse(condition, out _)) errors.Add(new ConfigError("input.where", $"\"{condition}\" must be a JSON pointer, one of = != > >= < <= ~, and a value"));
        if (config.Kind is { } kind) errors.AddRange(ForeignSections(config, kind));
        if (config.Request is not { } request) return;
        if (request.Prompt is null == request.User is null) errors.Add(new ConfigError("request", "must have either prompt or user"));
        if (request is { System: not null, User: null }) errors.Add(new ConfigError("request.system", "needs user: a prompt has no system message"));
        foreach ((string key, string? text) in new[] { ("prompt", request.Prompt), ("user", request.User), ("system", request.System), ("id", request.Id) })
            if (text is not null && !RecordTemplate.TryParse(text, out _, out string? error)) errors.Add(new ConfigError($"request.{key}", error));
    }

    /// <summary>Sections that a model of <paramref name="kind"/> would not heed. The kind may stand in the model's description, so whoever reads that asks again.</summary>
    internal static IEnumerable<ConfigError> ForeignSections(PipelineConfig config, string kind)
    {
        if (kind == "llm") yield break;
        if (config.Request is not null) yield return new ConfigError("request", $"is for models of the kind llm, not {kind}");
        if (config.Control is not null) yield return new ConfigError("control", $"is for models of the kind llm, not {kind}");
    }

    private static void CheckModel(ModelConfig model, List<ConfigError> errors)
    {
        if (model.Providers is { Count: 0 }) errors.Add(new ConfigError("model.providers", "must name at least one provider, or be left out"));
        if (model.Providers is { } providers && providers.Distinct().Count() != providers.Count) errors.Add(new ConfigError("model.providers", "names a provider twice"));
        if (model is { Require: { } required, Providers: { Count: > 0 } listed } && !listed.Contains(required))
            errors.Add(new ConfigError("model.require", $"\"{required}\" must be one of model.providers: {string.Join(", ", listed)}"));
    }

    private static void CheckFlow(PipelineConfig config, List<ConfigError> errors)
    {
        if (config.Batch.MaxSize > config.Limits.MaxInFlightRecords)
            errors.Add(new ConfigError("limits.max_in_flight_records", $"{config.Limits.MaxInFlightRecords} must be at least batch.max_size ({config.Batch.MaxSize}): no batch would ever be full"));
        if (config.Batch is { Policy: BatchPolicy.Adaptive } batch && batch.MaxWait > batch.TargetLatency)
            errors.Add(new ConfigError("batch.max_wait", $"{Durations.Format(batch.MaxWait)} must be at most batch.target_latency ({Durations.Format(batch.TargetLatency)})"));
    }

    private static void CheckClient(IReadOnlyDictionary<string, string> properties, string prefix, List<ConfigError> errors)
    {
        foreach (string name in properties.Keys)
            if (OwnedProperties.Reason(name) is { } reason) errors.Add(new ConfigError(prefix + name, reason));
    }
}
