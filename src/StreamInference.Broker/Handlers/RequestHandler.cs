using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol;

namespace StreamInference.Broker.Handlers;

/// <summary>Serves one API.</summary>
internal interface IRequestHandler
{
    ApiKey Key { get; }

    /// <summary>The versions that ApiVersions tells clients of.</summary>
    (short Min, short Max) Advertised { get; }

    /// <summary>The lowest version that is really served; below it the answer is an error in that version's layout.</summary>
    short LowestServed { get; }

    bool IsFlexible(short version);

    IMessage CreateRequest();

    /// <summary>Runs on the loop; completes the call now or leaves it to a later event.</summary>
    void Handle(Call call);

    /// <summary>The response that says the same error wherever this request asked for something.</summary>
    IMessage Fail(IMessage request, ErrorCode error);
}

/// <summary>The typed base of the handlers.</summary>
internal abstract class RequestHandler<TRequest, TResponse>(short minVersion, short maxVersion) : IRequestHandler
    where TRequest : class, IRequestMessage, new()
    where TResponse : class, IMessage
{
    public ApiKey Key => TRequest.Api;

    public (short Min, short Max) Advertised => (minVersion, maxVersion);

    public virtual short LowestServed => minVersion;

    public bool IsFlexible(short version) => version >= TRequest.FlexibleFrom;

    public IMessage CreateRequest() => new TRequest();

    public void Handle(Call call) => Handle(call, (TRequest)call.Request);

    public IMessage Fail(IMessage request, ErrorCode error) => Fail((TRequest)request, error);

    protected abstract void Handle(Call call, TRequest request);

    protected abstract TResponse Fail(TRequest request, ErrorCode error);
}
