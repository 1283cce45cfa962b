using System.Text.Json.Nodes;
using StreamInference.Llm.Execution;
using StreamInference.Onnx.Language;
using StreamInference.TestKit;

namespace StreamInference.Onnx.Tests.Language;

/// <summary>Exported graphs with every kind of rotary scaling against an independent computation of the whole model.</summary>
public class RotaryScalingTests
{
    public static TheoryData<string, string> Scalings => new()
    {
        { "llama", "null" },
        { "llama3", "null" },
        { "llama", """{"rope_type":"linear","factor":4.0}""" },
        { "llama3", """{"rope_type":"linear","factor":2.5}""" },
        { "llama", """{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":64}""" },
        { "llama", """{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":64}""" },
        { "llama3", """{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":128,"beta_fast":16.0,"beta_slow":2.0}""" },
        { "llama", """{"rope_type":"yarn","factor":8.0,"original_max_position_embeddings":64,"attention_factor":1.3,"truncate":false}""" },
        { "smollm", """{"rope_type":"yarn","factor":2.0,"original_max_position_embeddings":100}""" },
    };

    [Theory]
    [MemberData(nameof(Scalings))]
    public void An_exported_graph_rotates_as_the_definition_says(string model, string scaling)
    {
        string source = SharedData.Require($"{Golden.Zoo}/{model}");
        int[] prompt = Golden.Prompts(model)[7];
        using TemporaryFolder scaled = WithScaling(source, scaling), plain = WithScaling(source, "null");
        using ReferenceDecoder reference = new(scaled.Path), unscaled = new(plain.Path);
        double[] expected = reference.LastLogits(prompt), without = unscaled.LastLogits(prompt);
        // The text is long enough for the scaling to show.
        if (scaling != "null") Assert.True(expected.Zip(without, (a, b) => Math.Abs(a - b)).Max() > 0.05);
        float[] actual = Run(scaled.Path, prompt);
        Assert.Equal(expected.Length, actual.Length);
        Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-3);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("llama3")]
    public void The_independent_computation_equals_transformers(string model)
    {
        using ReferenceDecoder reference = new(SharedData.Require($"{Golden.Zoo}/{model}"));
        double[] expected = Array.ConvertAll(Golden.Npy($"{Golden.Zoo}/{model}/golden_logits_p7_last.npy"), value => (double)value);
        double[] actual = reference.LastLogits(Golden.Prompts(model)[7]);
        Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max(), 0, 2e-4);
    }

    private static float[] Run(string folder, int[] prompt)
    {
        using LanguageModel loaded = LanguageModelLoader.Load(folder, new LanguageModelOptions { MaxSequences = 1, MaxSequenceLength = 300 });
        StepBatch batch = new();
        // In two chunks: positions go on where the first one ended.
        foreach ((int from, int to) in new[] { (0, 77), (77, prompt.Length) })
        {
            batch.Clear();
            batch.Add(0, from, prompt.AsSpan(from, to - from), [0], needsLogits: true);
            Assert.Equal(ExecutionOutcome.Completed, loaded.Executor.Execute(batch).Outcome);
        }
        return loaded.Executor.Logits(0).ToArray();
    }

    private static TemporaryFolder WithScaling(string source, string scaling)
    {
        TemporaryFolder copy = new();
        foreach (string file in new[] { "model.safetensors", "tokenizer.json", "tokenizer_config.json" })
            File.WriteAllBytes(Path.Combine(copy.Path, file), File.ReadAllBytes(Path.Combine(source, file)));
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!.AsObject();
        config["rope_scaling"] = JsonNode.Parse(scaling);
        copy.Write("config.json", config.ToJsonString());
        return copy;
    }
}
