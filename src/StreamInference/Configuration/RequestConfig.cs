namespace StreamInference.Configuration;

/// <summary>
/// Makes requests to a language model out of records that are none: one pipeline's results become another one's prompts. Texts are
/// <see cref="Records.RecordTemplate"/>s over the record.
/// </summary>
public sealed record RequestConfig
{
    /// <summary>The prompt; or <see cref="User"/>, for a model with a chat template.</summary>
    [Setting("The prompt, with the record's fields as {/pointer} or {/pointer:format} (0.00, 0%); {{ and }} are braces.")]
    public string? Prompt { get; init; }

    /// <summary>The user's message, rendered by the model's chat template.</summary>
    [Setting("The user's message of a chat instead of a prompt, with fields as in prompt.")]
    public string? User { get; init; }

    /// <summary>The system message before <see cref="User"/>.</summary>
    [Setting("The system message before user, with fields as in prompt.")]
    public string? System { get; init; }

    /// <summary>The request's id; null: topic/partition/offset of the record.</summary>
    [Setting("The request's id in results, with fields as in prompt; by default topic/partition/offset of the record.")]
    public string? Id { get; init; }

    /// <summary>The most tokens of an answer; null: what the context has room for.</summary>
    [Setting("The most tokens of an answer.", Minimum = "1", Maximum = "10000000")]
    public int? MaxTokens { get; init; }

    /// <summary>Sampling temperature; 0 is greedy. 1 when not said.</summary>
    [Setting("Sampling temperature; 0 takes the most likely token.", Minimum = "0", Maximum = "100")]
    public double? Temperature { get; init; }

    /// <summary>Texts that end an answer.</summary>
    [Setting("Texts that end an answer.")]
    public IReadOnlyList<string>? Stop { get; init; }
}

/// <summary>The topic on which requests are cancelled.</summary>
public sealed record ControlConfig
{
    /// <summary>The topic's name.</summary>
    [Setting("The topic of cancellations: {\"cancel\": \"request id\"}.", Pattern = InputConfig.TopicPattern)]
    public required string Topic { get; init; }
}
