namespace StreamInference.Configuration;

/// <summary>
/// One pipeline: input topic → model → output topic. What a <c>pipeline.yaml</c> says, or what code builds. Nullable means unset: the value
/// then comes from elsewhere, as each property says.
/// </summary>
public sealed record PipelineConfig
{
    /// <summary>The pipeline's name: the header <c>si-pipeline</c>, the tag <c>pipeline</c> of metrics, the prefix of transactional ids.</summary>
    [Setting("The pipeline's name: result headers, metric tags and the prefix of transactional ids.", Pattern = "[a-zA-Z0-9._-]{1,100}")]
    public required string Name { get; init; }

    /// <summary>The kind of model; null: what the model's description says.</summary>
    [Setting("The kind of model; by default what model.yaml says.", Examples = ["tabular", "vision", "llm"])]
    public string? Kind { get; init; }

    /// <summary>Where records come from.</summary>
    [Setting("Where records come from.")]
    public required InputConfig Input { get; init; }

    /// <summary>Where results go.</summary>
    [Setting("Where results go.")]
    public required OutputConfig Output { get; init; }

    /// <summary>Where records without a result go; null: the input topic's name with the suffix <c>.dlq</c>.</summary>
    [Setting("Where records without a result go; by default the input topic's name with the suffix .dlq.")]
    public DeadLetterConfig? DeadLetter { get; init; }

    /// <summary>
    /// Where the progress of unfinished requests is kept; null: for a model with many results per record the input topic's name with the suffix
    /// <c>.progress</c>, for others nowhere.
    /// </summary>
    [Setting("Where the progress of token streams is kept; by default the input topic's name with the suffix .progress.")]
    public ProgressConfig? Progress { get; init; }

    /// <summary>Where requests are cancelled; null: they cannot be. For the kind llm.</summary>
    [Setting("Where requests to a language model are cancelled; by default they cannot be.")]
    public ControlConfig? Control { get; init; }

    /// <summary>How records become requests; null: they are requests. For the kind llm.</summary>
    [Setting("How a record becomes a request to a language model; by default it is one (topics/llm/request.schema.json).")]
    public RequestConfig? Request { get; init; }

    /// <summary>
    /// Where the states of keys are kept; null: for a model that remembers something of each key the output topic's name with the suffix <c>.state</c>,
    /// for others nowhere.
    /// </summary>
    [Setting("Where the states of keys are kept, for a model that has them; by default the output topic's name with the suffix .state.")]
    public StateConfig? State { get; init; }

    /// <summary>The model to run.</summary>
    [Setting("The model to run.")]
    public required ModelConfig Model { get; init; }

    /// <summary>Workers of this process; they share the consumer group. 1 when not said.</summary>
    [Setting("Workers in this process; they share the consumer group.", Minimum = "1", Maximum = "256")]
    public int Workers { get; init; } = 1;

    /// <summary>When a batch goes to the model.</summary>
    [Setting("When a batch goes to the model.")]
    public BatchConfig Batch { get; init; } = new();

    /// <summary>When results and offsets are committed.</summary>
    [Setting("When results and offsets are committed, together, in one transaction.")]
    public CommitConfig Commit { get; init; } = new();

    /// <summary>What a worker may hold at most.</summary>
    [Setting("What a worker may hold at most.")]
    public LimitsConfig Limits { get; init; } = new();

    /// <summary>Properties of the Kafka client.</summary>
    [Setting("Properties of the Kafka client (librdkafka's names), for all clients; below consumer and producer for one kind of client.")]
    public KafkaConfig Kafka { get; init; } = new();

    /// <summary>What makes the pipeline a bounded job over the past; null for a live one.</summary>
    public ReplayConfig? Replay { get; init; }

    /// <summary>The folder of the file it was read from, the start of relative paths; null for a pipeline built in code.</summary>
    public string? BaseDirectory { get; init; }

    /// <summary>The topic of dead letters, the default applied.</summary>
    public string DeadLetterTopic => DeadLetter?.Topic ?? Input.Topic + ".dlq";
}
