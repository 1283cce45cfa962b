using StreamInference.Onnx.Descriptions;

namespace StreamInference.Onnx.Language;

/// <summary>
/// The <c>model.yaml</c> of the kind <c>llm</c>: a name and a version for a folder as the GenAI model builder, Olive, Optimum or our own exporter
/// write it, and the memory it may take. A folder without one is served under its own name.
/// </summary>
public sealed record LanguageDescription
{
    internal const string Kind = "llm";

    private static readonly string[] Keys =
        ["name", "version", "kind", "folder", "aliases", "max_num_seqs", "max_model_len", "kv_cache_mib", "block_size", "threads", "max_requests"];

    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>The model's version.</summary>
    public required int Version { get; init; }

    /// <summary>The folder with the graph and the tokenizer, or a GGUF file; full path.</summary>
    public required string Folder { get; init; }

    /// <summary>Other names that requests may use.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Requests that run or wait at most.</summary>
    public int MaxRequests { get; init; } = 256;

    /// <summary>Memory and threads.</summary>
    public LanguageModelOptions Options { get; init; } = new();

    /// <summary>Reads the description of a version; a folder that has none is described by itself.</summary>
    /// <exception cref="ModelDescriptionException">The description has mistakes; all are in the message.</exception>
    public static LanguageDescription Load(string path, string version)
    {
        string full = Path.GetFullPath(path);
        if (IsModel(full) && !File.Exists(Path.Combine(full, Configuration.ModelFolder.DescriptionFile)))
            return new LanguageDescription { Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(full)), Version = 1, Folder = full };
        ModelLocation location = ModelRepository.Resolve(path, version);
        return Read(location.Description);
    }

    private static bool IsModel(string path)
        => File.Exists(Path.Combine(path, "tokenizer.json")) || (path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) && File.Exists(path));

    private static LanguageDescription Read(string file)
    {
        DescriptionErrors errors = new(file);
        YamlMap? map = YamlFile.Read(File.ReadAllText(file), errors);
        LanguageDescription? description = map is null ? null : Read(map, Path.GetDirectoryName(file)!);
        errors.ThrowIfAny();
        return description!;
    }

    private static LanguageDescription Read(YamlMap map, string folder)
    {
        map.Allow(Keys);
        if (map.RequiredText("kind") is { Length: > 0 } kind && kind != Kind) map.Error("kind", $"must be {Kind}");
        string model = Path.GetFullPath(Path.Combine(folder, map.Text("folder") ?? "."));
        if (!IsModel(model)) map.Error("folder", $"{model} is neither a folder with tokenizer.json nor a .gguf file");
        return new LanguageDescription
        {
            Name = map.RequiredText("name"),
            Version = map.Integer("version", 1, int.MaxValue) ?? 1,
            Folder = model,
            Aliases = [.. map.Scalars("aliases").Select(alias => alias.Value ?? "")],
            MaxRequests = map.Integer("max_requests", 1, 1_000_000) ?? 256,
            Options = new LanguageModelOptions
            {
                MaxSequences = map.Integer("max_num_seqs", 1, 4096) ?? 8,
                MaxSequenceLength = map.Integer("max_model_len", 2, 1 << 24),
                KvCacheBytes = map.Integer("kv_cache_mib", 1, 1 << 24) is { } mebibytes ? (long)mebibytes << 20 : null,
                BlockSize = map.Integer("block_size", 1, 1024) ?? 16,
                Threads = map.Integer("threads", 1, 1024) ?? 1,
            },
        };
    }
}
