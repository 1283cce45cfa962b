namespace StreamInference.LoadTest.Systems;

/// <summary>A host that offers nothing: loaders take their defaults.</summary>
internal sealed class NoServices : IServiceProvider
{
    public static NoServices Instance { get; } = new();

    public object? GetService(Type serviceType) => null;
}
