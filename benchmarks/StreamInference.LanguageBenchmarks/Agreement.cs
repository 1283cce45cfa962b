using System.Text.Json;
using StreamInference.Llm.Engine;

namespace StreamInference.LanguageBenchmarks;

/// <summary>
/// Greedy ids of GenAI folders by GenAI's own Generator and by this engine on this machine, and the golden ids from another machine. Kernels for
/// quantized weights give other last bits on other processors: what matters is whether both agree here.
/// </summary>
internal sealed class Agreement(string zoo, int threads)
{
    private const int Count = 64;

    public void Run()
    {
        foreach (string folder in Directory.GetDirectories(zoo, "genai-*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (folder.Contains("cuda", StringComparison.Ordinal)) continue;
            int[][] prompts = Read(Path.Combine(folder, "../golden.json"), "ids"), golden = Read(Path.Combine(folder, "golden_genai.json"), "greedy");
            using GenAiGenerator genAi = new(folder, 1, threads);
            int[][] theirs = [.. prompts.Select(prompt => genAi.Generate(prompt, Count))];
            using OwnSystem ours = OwnSystem.Load("ours", folder, 1, threads, 300);
            int[][] own = [.. prompts.Select(prompt => Generate(ours, prompt))];
            Console.WriteLine($"{Path.GetRelativePath(zoo, folder),-22} ours = GenAI here {Equal(own, theirs)}, ours = golden {Equal(own, golden)}, GenAI here = golden {Equal(theirs, golden)} of {prompts.Length}");
        }
    }

    private static int Equal(int[][] a, int[][] b) => a.Zip(b).Count(pair => pair.First.AsSpan().SequenceEqual(pair.Second));

    private static int[][] Read(string file, string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
        return [.. document.RootElement.GetProperty("prompts").EnumerateArray().Select(p => p.GetProperty(name).EnumerateArray().Select(id => id.GetInt32()).ToArray())];
    }

    private static int[] Generate(OwnSystem system, int[] prompt)
    {
        system.Engine.TrySubmit(OwnSystem.Request(1, prompt, Count));
        List<int> tokens = [];
        for (bool ended = false; !ended;)
        {
            system.Engine.Step();
            while (system.Engine.Outputs.TryRead(out GenerationOutput? output))
            {
                tokens.AddRange(output.TokenIds);
                ended |= output.IsFinal;
            }
        }
        return [.. tokens];
    }
}
