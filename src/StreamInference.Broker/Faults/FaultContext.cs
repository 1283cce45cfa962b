namespace StreamInference.Broker;

/// <summary>The request that a fault handler decides on.</summary>
public readonly record struct FaultContext
{
    /// <summary>The API that is asked.</summary>
    public required ApiKey Key { get; init; }

    /// <summary>The version of the request.</summary>
    public required short Version { get; init; }

    /// <summary>The client id in the request's header.</summary>
    public required string? ClientId { get; init; }

    /// <summary>How many requests of this API the handler has seen, this one included: 1, 2, …</summary>
    public required int Attempt { get; init; }

    /// <summary>The consumer group that the request is about, where it is about one.</summary>
    public string? GroupId { get; init; }

    /// <summary>The transactional id that the request is about, where it is about one.</summary>
    public string? TransactionalId { get; init; }
}
