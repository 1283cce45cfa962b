using StreamInference.Configuration;
using StreamInference.Onnx.Descriptions;
using StreamInference.States;

namespace StreamInference.Onnx.States;

/// <summary>What a model carries from a record to the next record of its key: tensors that come out of one run and go into the next.</summary>
public sealed record StateDescription
{
    private static readonly string[] Keys = ["tensors", "max_keys", "ttl"];
    private static readonly string[] TensorKeys = ["input", "output", "initial"];

    /// <summary>The tensors; all of them are carried together.</summary>
    public required IReadOnlyList<StateTensor> Tensors { get; init; }

    /// <summary>The most keys that are remembered of one partition; the one that was longest without a record is forgotten first.</summary>
    public int MaxKeys { get; init; } = 100_000;

    /// <summary>How long a key is remembered after its last record, by the records' timestamps; null: for ever.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>The rules of remembering, with the state that keys begin with.</summary>
    internal KeyedStateOptions Options(byte[] initial) => new() { Initial = initial, MaxKeys = MaxKeys, TimeToLive = TimeToLive };

    /// <summary>Reads the section <c>state</c> of a description; null when there is none.</summary>
    internal static StateDescription? Read(YamlMap? map)
    {
        if (map is null) return null;
        map.Allow(Keys);
        List<StateTensor> tensors = [];
        foreach (YamlMap tensor in map.Maps("tensors"))
        {
            tensor.Allow(TensorKeys);
            StateTensor read = new(tensor.RequiredText("input"), tensor.RequiredText("output"), tensor.Number("initial") ?? 0);
            if (tensors.Any(other => other.Input == read.Input)) tensor.Error("input", $"'{read.Input}' is there twice");
            if (tensors.Any(other => other.Output == read.Output)) tensor.Error("output", $"'{read.Output}' is there twice");
            tensors.Add(read);
        }

        if (tensors.Count == 0) map.Error("tensors", map.Has("tensors") ? "must have at least one tensor" : "is missing");
        return new StateDescription { Tensors = tensors, MaxKeys = map.Integer("max_keys", 1, 100_000_000) ?? 100_000, TimeToLive = TimeToLiveOf(map) };
    }

    private static TimeSpan? TimeToLiveOf(YamlMap map)
    {
        if (map.Text("ttl") is not { } text) return null;
        if (Durations.TryParse(text, out TimeSpan life) && life > TimeSpan.Zero) return life;
        map.Error("ttl", $"must be a duration such as 30m or 7d, not '{text}'");
        return null;
    }
}

/// <summary>A tensor that is carried on.</summary>
/// <param name="Input">The input that takes the state before a record; its first axis is the batch.</param>
/// <param name="Output">The output that gives the state after it, of the same type and shape.</param>
/// <param name="Initial">Every value of it at a key's first record.</param>
public sealed record StateTensor(string Input, string Output, double Initial);
