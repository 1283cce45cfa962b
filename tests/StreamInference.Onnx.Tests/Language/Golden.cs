using System.Text.Json;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Language;

/// <summary>Prompts and greedy ids of a golden file of the shared models.</summary>
internal static class Golden
{
    public const string Zoo = "data/llm/zoo";

    public static int[][] Prompts(string model)
        => [.. Read($"{Zoo}/{model}/golden.json").GetProperty("prompts").EnumerateArray().Select(p => Ints(p.GetProperty("ids")))];

    public static int[][] Greedy(string file)
        => [.. Read(file).GetProperty("prompts").EnumerateArray().Select(p => Ints(p.GetProperty("greedy")))];

    public static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllBytes(SharedData.Require(file))).RootElement;

    public static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(v => v.GetInt32())];
}
