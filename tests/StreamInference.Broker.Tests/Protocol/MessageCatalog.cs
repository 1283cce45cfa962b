using System.Reflection;
using StreamInference.Broker.Protocol;

namespace StreamInference.Broker.Tests.Protocol;

/// <summary>Every request and response class with its key and the first flexible version.</summary>
internal sealed record MessageType(ApiKey Key, bool IsRequest, Type Type, short FlexibleFrom)
{
    public static IReadOnlyList<MessageType> All { get; } = [.. Requests().SelectMany(Both)];

    public static MessageType Find(short key, bool isRequest) => All.Single(each => (short)each.Key == key && each.IsRequest == isRequest);

    public IMessage Create() => (IMessage)Activator.CreateInstance(Type)!;

    private static IEnumerable<Type> Requests() =>
        typeof(IMessage).Assembly.GetTypes().Where(static type => type is { IsClass: true } && type.IsAssignableTo(typeof(IRequestMessage)));

    private static IEnumerable<MessageType> Both(Type request)
    {
        var key = (ApiKey)Static(request, nameof(IRequestMessage.Api))!;
        var flexible = (short)Static(request, nameof(IRequestMessage.FlexibleFrom))!;
        yield return new(key, true, request, flexible);
        var response = request.Assembly.GetType(request.FullName!.Replace("Request", "Response", StringComparison.Ordinal), throwOnError: true)!;
        yield return new(key, false, response, flexible);
    }

    private static object? Static(Type type, string name) => type.GetProperty(name, BindingFlags.Public | BindingFlags.Static)!.GetValue(null);
}
