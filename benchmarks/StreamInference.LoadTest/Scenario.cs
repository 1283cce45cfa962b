using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamInference.LoadTest;

/// <summary>One named scenario, as its JSON file says.</summary>
internal sealed record Scenario
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    public required string Name { get; init; }

    /// <summary>offline: drain a filled topic; online: fixed rates.</summary>
    public required string Mode { get; init; }

    public required IReadOnlyList<string> Systems { get; init; }

    public long Records { get; init; } = 1_000_000;

    /// <summary>Records for the systems that take a call per record.</summary>
    public long SlowRecords { get; init; } = 200_000;

    public IReadOnlyList<int> Rates { get; init; } = [];

    public int Seconds { get; init; } = 20;

    public int Partitions { get; init; } = 4;

    public int Batch { get; init; } = 2048;

    public int CommitMs { get; init; } = 100;

    public int Repeat { get; init; } = 1;

    public int Workers { get; init; } = 1;

    public static Scenario Load(string nameOrFile)
    {
        string path = File.Exists(nameOrFile) ? nameOrFile : Path.Combine(AppContext.BaseDirectory, "scenarios", nameOrFile + ".json");
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no scenario {nameOrFile}; known: {string.Join(", ", Known())}.");
        return JsonSerializer.Deserialize<Scenario>(File.ReadAllText(path), Json)!;
    }

    public static IEnumerable<string> Known() =>
        Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "scenarios"), "*.json").Select(path => Path.GetFileNameWithoutExtension(path)).Order();
}
