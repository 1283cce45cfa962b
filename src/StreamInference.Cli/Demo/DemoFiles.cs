namespace StreamInference.Cli.Demo;

/// <summary>The demo's files, which lie beside the executable.</summary>
internal static class DemoFiles
{
    /// <summary>The pipeline of a stream, by its folder.</summary>
    public static string Pipeline(string folder) => Path.Combine(Topics(folder), "pipeline.yaml");

    /// <summary>The folder of a stream's topics.</summary>
    public static string Topics(string folder) => Path.Combine(AppContext.BaseDirectory, "topics", folder);
}
