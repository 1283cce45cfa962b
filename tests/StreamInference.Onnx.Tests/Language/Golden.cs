using System.Buffers.Binary;
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

    /// <summary>A NumPy file of float32: magic, version, header length, header, data.</summary>
    public static float[] Npy(string file)
    {
        byte[] bytes = File.ReadAllBytes(SharedData.Require(file));
        int start = 10 + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        float[] values = new float[(bytes.Length - start) / 4];
        Buffer.BlockCopy(bytes, start, values, 0, values.Length * 4);
        return values;
    }
}
