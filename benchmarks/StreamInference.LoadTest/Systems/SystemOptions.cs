namespace StreamInference.LoadTest.Systems;

/// <summary>The command line that every system under test takes; the same as that of the peers one might compare with.</summary>
internal sealed record SystemOptions
{
    public required string Bootstrap { get; init; }

    public required string Input { get; init; }

    public required string Output { get; init; }

    public required string Group { get; init; }

    /// <summary>An ONNX file; empty: the demo model of simulated transactions.</summary>
    public string Model { get; init; } = "";

    /// <summary>The fields of a bare ONNX file's one input, in order.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    public int CommitMs { get; init; } = 100;

    public int Batch { get; init; } = 2048;

    /// <summary>End after this many records; 0: run until stopped.</summary>
    public long ExitAfter { get; init; }

    public int Threads { get; init; } = 1;

    /// <summary>Headers of results: standard, source or none.</summary>
    public string Headers { get; init; } = "none";
}
