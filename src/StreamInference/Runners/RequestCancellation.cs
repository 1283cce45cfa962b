namespace StreamInference.Runners;

/// <summary>Somebody does not want a request's answer any more.</summary>
/// <param name="RequestId">The request's own id, or topic/partition/offset of its record.</param>
/// <param name="Timestamp">When it was said: milliseconds since the Unix epoch, -1 when unknown. A request sent later is another one that has the same id.</param>
public readonly record struct RequestCancellation(string RequestId, long Timestamp);
