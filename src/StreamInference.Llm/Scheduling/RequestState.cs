using StreamInference.Llm.Engine;

namespace StreamInference.Llm.Scheduling;

/// <summary>A request inside the engine.</summary>
internal sealed class RequestState(GenerationRequest request, int[] prompt, long arrival, long submittedAt)
{
    public GenerationRequest Request { get; } = request;

    public int[] Prompt { get; } = prompt;

    /// <summary>Order of arrival.</summary>
    public long Arrival { get; } = arrival;

    /// <summary>Timestamp of its submission.</summary>
    public long SubmittedAt { get; } = submittedAt;

    public ulong Seed { get; } = request.Sampling.Seed ?? unchecked((ulong)request.Id);

    public string Key { get; } = request.FairnessKey ?? string.Empty;

    public int MaxOutput { get; init; }

    public Sequence[] Sequences { get; set; } = [];

    public int Unfinished { get; set; }
}
