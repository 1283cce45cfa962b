namespace StreamInference.Broker.Protocol;

/// <summary>
/// A message or a part of one. <see cref="Transfer"/> is the one description of its layout: it moves every field of a
/// version through the wire, in the direction that the wire has.
/// </summary>
internal interface IMessage
{
    void Transfer(Wire wire, short version);
}

/// <summary>A request; the flexible version decides on the headers of the request and of its response.</summary>
internal interface IRequestMessage : IMessage
{
    static abstract ApiKey Api { get; }

    static abstract short FlexibleFrom { get; }
}
