namespace StreamInference.Cli.Demo;

/// <summary>The demo's files, which lie beside the executable.</summary>
internal static class DemoFiles
{
    /// <summary>The pipeline of the fraud stream.</summary>
    public static string Pipeline => Path.Combine(AppContext.BaseDirectory, "topics", "fraud", "pipeline.yaml");

    /// <summary>Its topics.</summary>
    public static string Topics => Path.Combine(AppContext.BaseDirectory, "topics", "fraud", "topics.yaml");
}
