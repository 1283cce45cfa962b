namespace StreamInference.Broker;

/// <summary>What to do with a request; made by the static members.</summary>
public sealed record FaultAction
{
    internal enum Kind
    {
        Pass,
        Answer,
        Drop,
        DropResponse,
        Disconnect,
        DisconnectAfter,
        Delay,
        DelayResponse,
    }

    private FaultAction(Kind what) => What = what;

    internal Kind What { get; }

    internal ErrorCode Error { get; private init; }

    internal TimeSpan Time { get; private init; }

    /// <summary>Lets the request take its course; does not count as fired.</summary>
    public static FaultAction Pass { get; } = new(Kind.Pass);

    /// <summary>Neither handles the request nor answers it: the client's own timeout ends its wait.</summary>
    public static FaultAction Drop { get; } = new(Kind.Drop);

    /// <summary>Handles the request and loses the answer; the connection stays.</summary>
    public static FaultAction DropResponse { get; } = new(Kind.DropResponse);

    /// <summary>Closes the connection without handling the request.</summary>
    public static FaultAction Disconnect { get; } = new(Kind.Disconnect);

    /// <summary>Handles the request, then closes the connection instead of answering.</summary>
    public static FaultAction DisconnectAfter { get; } = new(Kind.DisconnectAfter);

    /// <summary>Answers with this error wherever the request asked for something; nothing is done.</summary>
    public static FaultAction Answer(ErrorCode error) => new(Kind.Answer) { Error = error };

    /// <summary>Handles the request after this time (of the broker's <see cref="TimeProvider"/>).</summary>
    public static FaultAction Delay(TimeSpan time) => new(Kind.Delay) { Time = time };

    /// <summary>Handles the request now and answers it after this time (of the broker's <see cref="TimeProvider"/>).</summary>
    public static FaultAction DelayResponse(TimeSpan time) => new(Kind.DelayResponse) { Time = time };
}
