using StreamInference.Broker.Loop;
using StreamInference.Broker.Protocol.Messages;

namespace StreamInference.Broker.Handlers;

/// <summary>
/// ApiVersions 0-4. Tells clients which versions they may use. An unknown version of this API is answered in version 0
/// with UNSUPPORTED_VERSION by the connection, so that the client can ask again (KIP-511).
/// Skipped: finalized features; without <c>transaction.version=2</c> clients keep to the first transaction protocol.
/// </summary>
internal sealed class ApiVersionsHandler(Func<IEnumerable<IRequestHandler>> handlers) : RequestHandler<ApiVersionsRequest, ApiVersionsResponse>(0, 4)
{
    public ApiVersionsResponse Describe(ErrorCode error) => new()
    {
        ErrorCode = error,
        ApiKeys = [.. handlers().Select(static handler => new ApiVersionsResponse.ApiKeyEntry
        {
            ApiKey = (short)handler.Key,
            MinVersion = handler.Advertised.Min,
            MaxVersion = handler.Advertised.Max,
        })],
    };

    protected override void Handle(Call call, ApiVersionsRequest request) => call.Complete(Describe(ErrorCode.None));

    protected override ApiVersionsResponse Fail(ApiVersionsRequest request, ErrorCode error) => Describe(error);
}
