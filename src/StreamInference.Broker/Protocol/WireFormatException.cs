namespace StreamInference.Broker.Protocol;

/// <summary>Bytes that are no message of the protocol; the connection that sent them is closed.</summary>
internal sealed class WireFormatException(string message) : Exception(message);
