namespace StreamInference.Onnx.Sessions;

/// <summary>What makes two sessions the same: the file as it is now, what is changed in it, and every option.</summary>
internal sealed record SessionKey
{
    private static readonly IReadOnlyList<ExecutionProvider> NoProviders = [];
    private static readonly Dictionary<string, string> NoEntries = [];

    internal SessionKey(string modelFile, Func<string, byte[]?>? rewrite, OnnxSessionOptions options)
    {
        FileInfo file = new(modelFile);
        (File, Written, Length, Rewrite) = (file.FullName, file.LastWriteTimeUtc, file.Length, rewrite);
        // Records compare collections by identity, so they are compared as text.
        Options = options with { Providers = NoProviders, ConfigEntries = NoEntries };
        Providers = string.Join(',', options.Providers);
        Entries = string.Join(',', options.ConfigEntries.OrderBy(entry => entry.Key, StringComparer.Ordinal));
    }

    /// <summary>The full path of the file.</summary>
    public string File { get; }

    /// <summary>When it was written: a model that was replaced is another one.</summary>
    public DateTime Written { get; }

    /// <summary>Its bytes.</summary>
    public long Length { get; }

    /// <summary>What changes the graph before it is loaded; null: nothing.</summary>
    public Func<string, byte[]?>? Rewrite { get; }

    /// <summary>The options but for collections.</summary>
    public OnnxSessionOptions Options { get; }

    /// <summary>The providers in order.</summary>
    public string Providers { get; }

    /// <summary>The entries of the session's configuration, ordered.</summary>
    public string Entries { get; }
}
