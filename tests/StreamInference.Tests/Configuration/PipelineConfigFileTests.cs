using StreamInference.Configuration;

namespace StreamInference.Tests.Configuration;

public sealed class PipelineConfigFileTests : IDisposable
{
    private const string Minimal = """
        name: fraud
        input: { topic: transactions }
        output: { topic: fraud.scores }
        model: { path: models/fraud }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pipeline-");

    public PipelineConfigFileTests() => _folder.CreateSubdirectory("models/fraud");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_minimal_file_has_the_documented_defaults()
    {
        PipelineConfig config = Load(Minimal);

        Assert.Equal("fraud", config.Name);
        Assert.Null(config.Kind);
        Assert.Null(config.Input.Group);
        Assert.Equal("transactions.dlq", config.DeadLetterTopic);
        Assert.Equal(OffsetReset.Earliest, config.Input.OffsetReset);
        Assert.Equal(1 << 20, config.Input.MaxRecordBytes.Bytes);
        Assert.Equal(ResultHeaders.Standard, config.Output.Headers);
        Assert.Equal("latest", config.Model.Version);
        Assert.Equal(1, config.Workers);
        Assert.Equal(BatchPolicy.Adaptive, config.Batch.Policy);
        Assert.Equal(TimeSpan.FromMilliseconds(5), config.Batch.MaxWait);
        Assert.Equal(TimeSpan.FromMilliseconds(100), config.Commit.Interval);
        Assert.Equal("localhost:9092", config.Kafka.BootstrapServers);
    }

    [Fact]
    public void Every_setting_is_read()
    {
        PipelineConfig config = Load("""
            name: fraud
            kind: tabular
            input: { topic: transactions, group: g1, offset_reset: latest, max_record_bytes: 2MiB }
            output: { topic: fraud.scores, headers: source }
            dead_letter: { topic: bad }
            model: { path: models/fraud, version: 3, providers: [cuda, cpu], require: cuda }
            workers: 4
            batch: { policy: fixed, max_size: 64, max_wait: 250us, target_latency: 20ms }
            commit: { interval: 1s, max_records: 10, max_bytes: 64KiB }
            limits: { max_in_flight_records: 128 }
            kafka:
              bootstrap.servers: "b1:9092,b2:9092"
              security.protocol: SASL_SSL
              consumer: { fetch.wait.max.ms: 10 }
              producer: { linger.ms: 2, enable.gapless.guarantee: true }
            """);

        Assert.Equal("tabular", config.Kind);
        Assert.Equal(new InputConfig { Topic = "transactions", Group = "g1", OffsetReset = OffsetReset.Latest, MaxRecordBytes = new ByteSize(2 << 20) }, config.Input);
        Assert.Equal(new OutputConfig { Topic = "fraud.scores", Headers = ResultHeaders.Source }, config.Output);
        Assert.Equal("bad", config.DeadLetterTopic);
        Assert.Equal(Path.Combine(_folder.FullName, "models/fraud"), config.Model.Path);
        Assert.Equal("3", config.Model.Version);
        Assert.Equal(["cuda", "cpu"], config.Model.Providers!);
        Assert.Equal("cuda", config.Model.Require);
        Assert.Equal(4, config.Workers);
        Assert.Equal(
            new BatchConfig { Policy = BatchPolicy.Fixed, MaxSize = 64, MaxWait = TimeSpan.FromMicroseconds(250), TargetLatency = TimeSpan.FromMilliseconds(20) }, config.Batch);
        Assert.Equal(new CommitConfig { Interval = TimeSpan.FromSeconds(1), MaxRecords = 10, MaxBytes = new ByteSize(64 << 10) }, config.Commit);
        Assert.Equal(128, config.Limits.MaxInFlightRecords);
        Assert.Equal("b1:9092,b2:9092", config.Kafka.BootstrapServers);
        Assert.Equal("SASL_SSL", config.Kafka.Properties["security.protocol"]);
        Assert.Equal("10", config.Kafka.Consumer["fetch.wait.max.ms"]);
        Assert.Equal("true", config.Kafka.Producer["enable.gapless.guarantee"]);
    }

    [Fact]
    public void Every_error_is_reported_at_once_with_its_line_and_key()
    {
        IReadOnlyList<ConfigError> errors = Errors("""
            nmae: fraud
            input: { topic: "a b", offset_reset: earlest }
            output: transactions
            model: { path: models/none, providers: [cuda, cuda], require: tpu }
            workers: 0
            batch:
              max_wiat: 5ms
              max_wait: 5
              max_size: many
            commit: { max_bytes: 16 furlongs }
            kafka:
              group.id: mine
              producer: { transactional.id: mine }
            """);

        string file = Path.Combine(_folder.FullName, "pipeline.yaml");
        Assert.Equal(
            [
                $"{file}:1:1: name: is required",
                $"{file}:1:1: nmae: unknown setting; did you mean name?",
                $"{file}:2:17: input.topic: \"a b\" must match [a-zA-Z0-9._-]{{1,249}}",
                $"{file}:2:38: input.offset_reset: \"earlest\" must be one of earliest, latest, error; did you mean earliest?",
                $"{file}:3:9: output: must be a section of settings (key: value)",
                $"{file}:4:16: model.path: there is no folder {_folder.FullName}/models/none",
                $"{file}:4:40: model.providers: names a provider twice",
                $"{file}:4:63: model.require: \"tpu\" must be one of model.providers: cuda, cuda",
                $"{file}:5:10: workers: 0 must be at least 1",
                $"{file}:7:3: batch.max_wiat: unknown setting; did you mean max_wait?",
                $"{file}:8:13: batch.max_wait: \"5\" must be a duration with its unit, such as 5ms, 10s or 2m",
                $"{file}:9:13: batch.max_size: \"many\" must be a whole number",
                $"{file}:10:22: commit.max_bytes: \"16 furlongs\" must be a size such as 512B, 64KiB or 16MiB",
                $"{file}:12:13: kafka.group.id: is set by the pipeline: use input.group",
                $"{file}:13:33: kafka.producer.transactional.id: is set by the pipeline: it is made of the pipeline's name and the worker's slot",
            ],
            errors.Select(e => e.ToString()).Order(LineOrder.Instance));
    }

    [Fact]
    public void A_chain_takes_some_records_of_another_pipeline_and_makes_requests_of_them()
    {
        PipelineConfig config = Load(Minimal.Replace("{ topic: transactions }", "{ topic: scores, where: [/decision=decline, \"/score>0.5\"] }", StringComparison.Ordinal) + """

            kind: llm
            control: { topic: control }
            request: { id: "{/id}", prompt: "why {/score:0%}?", max_tokens: 20, temperature: 0, stop: ["."] }
            """);
        Assert.Equal(["/decision=decline", "/score>0.5"], config.Input.Where!);
        Assert.Equal("control", config.Control!.Topic);
        Assert.Equal(("{/id}", "why {/score:0%}?", 20, 0d), (config.Request!.Id, config.Request.Prompt, config.Request.MaxTokens, config.Request.Temperature));
    }

    [Fact]
    public void A_chain_that_cannot_work_is_refused_setting_by_setting()
    {
        IReadOnlyList<ConfigError> errors = Errors(Minimal.Replace("{ topic: transactions }", "{ topic: scores, where: [decision] }", StringComparison.Ordinal) + """

            kind: tabular
            control: { topic: scores }
            request: { id: "{id}", prompt: "{/a", system: be short, max_tokens: 0 }
            """);
        Assert.Equal(
            ["control", "control.topic", "input.where", "request", "request.id", "request.max_tokens", "request.prompt", "request.system"],
            errors.Select(error => error.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_message_names_every_error()
    {
        InvalidConfigurationException exception = Assert.Throws<InvalidConfigurationException>(() => Load("name: fraud\nworkers: x\n"));

        Assert.Contains("4 configuration errors", exception.Message, StringComparison.Ordinal);
        Assert.All(exception.Errors, error => Assert.Contains(error.ToString(), exception.Message, StringComparison.Ordinal));
        Assert.Equal(["input.topic", "model.path", "output.topic", "workers"], exception.Errors.Select(e => e.Key).Order());
    }

    [Theory]
    [InlineData("", "must be a section of settings (key: value)")]
    [InlineData("- a\n", "must be a section of settings (key: value)")]
    [InlineData("name: a\n---\nname: b\n", "has more than one document")]
    [InlineData("name: [a\n", "not valid YAML")]
    [InlineData("name: a\nname: b\n", "not valid YAML")]
    public void What_is_no_section_is_refused(string yaml, string message)
    {
        ConfigError error = Assert.Single(Errors(yaml));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("pipeline.yaml", error.Location, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_a_configuration_error()
    {
        InvalidConfigurationException exception = Assert.Throws<InvalidConfigurationException>(() => PipelineConfigFile.Load(Path.Combine(_folder.FullName, "none.yaml")));
        Assert.Contains("none.yaml", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variable_overrides_the_file_and_a_flag_overrides_the_variable()
    {
        ConfigOverrides overrides = ConfigOverrides.FromEnvironment(
            [
                new("STREAMINFERENCE_BATCH__MAX_SIZE", "7"), new("STREAMINFERENCE_WORKERS", "2"), new("STREAMINFERENCE_KAFKA__BOOTSTRAP_SERVERS", "env:1"),
                new("STREAMINFERENCE_KAFKA__CONSUMER__FETCH_WAIT_MAX_MS", "9"), new("STREAMINFERENCE_MODEL__PROVIDERS", "cuda, cpu"), new("STREAMINFERENCE_NAME", ""),
                new("STREAMINFERENCE_SHARED", "/elsewhere"), new("PATH", "/bin"),
            ])
            .With("kafka.bootstrap.servers", "flag:1", "--bootstrap-servers");

        PipelineConfig config = Load(Minimal + "\nworkers: 1\nbatch: { max_size: 1 }\n", overrides);

        Assert.Equal("fraud", config.Name);
        Assert.Equal(7, config.Batch.MaxSize);
        Assert.Equal(2, config.Workers);
        Assert.Equal("flag:1", config.Kafka.BootstrapServers);
        Assert.Equal("9", config.Kafka.Consumer["fetch.wait.max.ms"]);
        Assert.Equal(["cuda", "cpu"], config.Model.Providers!);
    }

    [Fact]
    public void An_error_in_an_override_names_the_variable_or_the_flag()
    {
        ConfigOverrides overrides = ConfigOverrides
            .FromEnvironment([new("STREAMINFERENCE_BATCH__MAX_SIZE", "0"), new("STREAMINFERENCE_BATCH__MAX_WIAT", "1ms")])
            .With("commit.interval", "soon", "--set commit.interval");

        Assert.Equal(
            [
                "--set commit.interval: commit.interval: \"soon\" must be a duration with its unit, such as 5ms, 10s or 2m",
                "environment variable STREAMINFERENCE_BATCH__MAX_SIZE: batch.max_size: 0 must be at least 1",
                "environment variable STREAMINFERENCE_BATCH__MAX_WIAT: batch.max_wiat: unknown setting; did you mean max_wait?",
            ],
            Errors(Minimal, overrides).Select(e => e.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_path_from_a_variable_starts_at_the_current_folder()
    {
        ConfigOverrides overrides = ConfigOverrides.FromEnvironment([new("STREAMINFERENCE_MODEL__PATH", ".")]);
        Assert.Equal(Directory.GetCurrentDirectory(), Load(Minimal, overrides).Model.Path);
    }

    [Fact]
    public void Rules_between_settings_hold_for_a_file_and_for_code()
    {
        PipelineConfig config = new()
        {
            Name = "p",
            Input = new InputConfig { Topic = "t" },
            Output = new OutputConfig { Topic = "t" },
            DeadLetter = new DeadLetterConfig { Topic = "t" },
            Model = new ModelConfig { Path = "m", Providers = [] },
            Batch = new BatchConfig { MaxSize = 200, MaxWait = TimeSpan.FromSeconds(1) },
            Limits = new LimitsConfig { MaxInFlightRecords = 100 },
        };

        Assert.Equal(
            ["batch.max_wait", "dead_letter.topic", "dead_letter.topic", "limits.max_in_flight_records", "model.providers", "output.topic"],
            PipelineConfigValidator.Validate(config).Select(e => e.Key).Order(StringComparer.Ordinal));
        Assert.Throws<InvalidConfigurationException>(() => PipelineConfigValidator.ThrowIfInvalid(config));
    }

    private PipelineConfig Load(string yaml, ConfigOverrides? overrides = null)
    {
        string file = Path.Combine(_folder.FullName, "pipeline.yaml");
        File.WriteAllText(file, yaml);
        return PipelineConfigFile.Load(file, overrides);
    }

    private IReadOnlyList<ConfigError> Errors(string yaml, ConfigOverrides? overrides = null) =>
        Assert.Throws<InvalidConfigurationException>(() => Load(yaml, overrides)).Errors;

    /// <summary>Orders locations by line and column, not by text.</summary>
    private sealed class LineOrder : IComparer<string>
    {
        public static readonly LineOrder Instance = new();

        public int Compare(string? x, string? y) => (Line(x!), Column(x!)).CompareTo((Line(y!), Column(y!))) is var order and not 0 ? order : string.CompareOrdinal(x, y);

        private static int Line(string text) => int.Parse(text.Split(':')[1]);

        private static int Column(string text) => int.Parse(text.Split(':')[2]);
    }
}
