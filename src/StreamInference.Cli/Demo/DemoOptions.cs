namespace StreamInference.Cli.Demo;

/// <summary>What a demo run is asked for.</summary>
internal sealed record DemoOptions
{
    /// <summary>Ends by itself after this long; null: at Ctrl-C.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>How long without any progress the demo waits for answers before it counts the rest as missing.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);
}
