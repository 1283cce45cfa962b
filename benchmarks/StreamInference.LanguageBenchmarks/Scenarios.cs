using System.Diagnostics;
using StreamInference.Llm.Engine;
using StreamInference.Onnx.Language.Export;

namespace StreamInference.LanguageBenchmarks;

/// <summary>Named scenarios; every figure is a ratio to a baseline of the same run.</summary>
internal sealed class Scenarios(string shared, int threads, int repeats)
{
    private const int Slots = 8;
    private string _made = string.Empty;

    private string Tokenizer => Path.Combine(shared, "data/llm/zoo/llama");

    private string Gguf => Path.Combine(shared, "data/llm/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf");

    public void Run(string name)
    {
        _made = Directory.CreateTempSubdirectory("streaminfer-bench-").FullName;
        try
        {
            switch (name)
            {
                case "batching": Batching(RandomModel.Small, "15M", Workload.Mixed(48)); break;
                case "batching-large": Batching(RandomModel.Large, "110M", Workload.Mixed(16)); break;
                case "single": Single(); break;
                case "equal": Equal(); break;
                case "llamacpp": LlamaCpp(); break;
                case "prefix": Prefix(); break;
                case "latency": Latency(); break;
                case "agreement": new Agreement(Path.Combine(shared, "data/llm/zoo"), threads).Run(); break;
                default: throw new ArgumentException($"There is no scenario {name}.");
            }
        }
        finally
        {
            Directory.Delete(_made, recursive: true);
        }
    }

    private void Batching(DecoderConfig config, string size, Workload workload)
    {
        foreach (WeightPrecision precision in new[] { WeightPrecision.Float32, WeightPrecision.Int4 })
        {
            (string own, string genAi) = Models(config, size, precision);
            Compare($"batching {size} {precision}: {workload.Requests.Count} requests on {Slots} slots", workload,
                () => OwnSystem.Load("ours", own, Slots, threads, 270),
                () => new GenAiEngine(genAi, Slots, threads), () => new GenAiGenerator(genAi, Slots, threads));
        }
    }

    private void Single()
    {
        foreach (WeightPrecision precision in new[] { WeightPrecision.Float32, WeightPrecision.Int4 })
        {
            (string own, string genAi) = Models(RandomModel.Small, "15M", precision);
            Compare($"single sequence 15M {precision}", Workload.One(64, 256), () => OwnSystem.Load("ours", own, 1, threads, 330), () => new GenAiGenerator(genAi, 1, threads));
        }
        Compare("single sequence SmolLM2-135M Q4_1", Workload.One(64, 96), () => OwnSystem.Load("ours", Gguf, 1, threads, 256), () => new LlamaCppSystem(Gguf, 1, threads, 256));
    }

    private void Equal()
    {
        (string own, string genAi) = Models(RandomModel.Small, "15M", WeightPrecision.Float32);
        Compare("32 equal sequences 15M fp32", Workload.Equal(32, 32, 64), () => OwnSystem.Load("ours", own, 32, threads, 100), () => new GenAiGenerator(genAi, 32, threads));
    }

    private void LlamaCpp() => Compare($"batching SmolLM2-135M Q4_1: 24 requests on {Slots} slots", Workload.Mixed(24),
        () => OwnSystem.Load("ours", Gguf, Slots, threads, 270), () => new LlamaCppSystem(Gguf, Slots, threads, 270));

    private void Prefix()
    {
        (string own, _) = Models(RandomModel.Small, "15M", WeightPrecision.Float32);
        int[] prefix = Workload.Tokens(256, 1);
        (double Wall, double Processor) Median(bool caching)
        {
            using OwnSystem system = OwnSystem.Load("ours", own, Slots, threads, 320, new LlmEngineOptions { PrefixCaching = caching });
            List<double> first = [], processor = [];
            TimeSpan started = Process.GetCurrentProcess().TotalProcessorTime;
            HashSet<long> begun = [];
            for (int i = 0; i < 64; i++) system.Engine.TrySubmit(OwnSystem.Request(i, [.. prefix, .. Workload.Tokens(8, i + 2)], 8));
            for (int ended = 0; ended < 64;)
            {
                system.Engine.Step();
                while (system.Engine.Outputs.TryRead(out GenerationOutput? output))
                {
                    if (begun.Add(output.RequestId)) processor.Add((Process.GetCurrentProcess().TotalProcessorTime - started).TotalMilliseconds);
                    if (!output.IsFinal) continue;
                    ended++;
                    first.Add(output.Timings.TimeToFirstToken.TotalMilliseconds);
                }
            }
            return (first.Order().ElementAt(32), processor[32]);
        }

        (double Wall, double Processor) without = Median(false), with = Median(true);
        Console.WriteLine(FormattableString.Invariant(
            $"prefix of 256 tokens, 64 requests: median TTFT {with.Wall:0} ms with the cache, {without.Wall:0} ms without: {with.Wall / without.Wall:0.00} ({with.Processor / without.Processor:0.00} in processor time)"));
    }

    private void Latency()
    {
        (string own, _) = Models(RandomModel.Small, "15M", WeightPrecision.Float32);
        using OwnSystem system = OwnSystem.Load("ours", own, Slots, threads, 2300);
        for (int i = 0; i < Slots - 1; i++) system.Engine.TrySubmit(OwnSystem.Request(i, Workload.Tokens(24, i), 2000));
        List<double> alone = Gaps(system, 150);
        system.Engine.TrySubmit(OwnSystem.Request(99, Workload.Tokens(2000, 99), 4));
        List<double> admitting = [];
        bool done = false;
        while (!done)
        {
            admitting.AddRange(Gaps(system, 1));
            done = system.Engine.LastStep.PromptTokens == 0;
        }
        double median = alone.Order().ElementAt(alone.Count / 2), worst = admitting.Order().ElementAt((int)(admitting.Count * 0.99));
        Console.WriteLine(FormattableString.Invariant(
            $"a prompt of 2,000 tokens beside {Slots - 1} decoding: P99 between tokens {worst:0.0} ms over {admitting.Count} steps, plain median {median:0.0} ms: {worst / median:0.00}"));
    }

    private static List<double> Gaps(OwnSystem system, int steps)
    {
        List<double> gaps = [];
        for (int i = 0; i < steps; i++)
        {
            // Processor time: on a busy machine the wall clock measures the neighbours.
            TimeSpan started = Process.GetCurrentProcess().TotalProcessorTime;
            system.Engine.Step();
            gaps.Add((Process.GetCurrentProcess().TotalProcessorTime - started).TotalMilliseconds);
            while (system.Engine.Outputs.TryRead(out _)) { }
        }
        return gaps;
    }

    private (string Own, string GenAi) Models(DecoderConfig config, string size, WeightPrecision precision)
        => (RandomModel.Write(_made, size, config, precision, false, Tokenizer), RandomModel.Write(_made, size, config, precision, true, Tokenizer));

    private void Compare(string title, Workload workload, params Func<ISystem>[] systems)
    {
        Console.WriteLine(title);
        ISystem[] loaded = [.. systems.Select(make => make())];
        List<Measurement>[] measured = [.. loaded.Select(_ => new List<Measurement>())];
        foreach (ISystem system in loaded) system.Run(new Workload([.. workload.Requests.Take(2).Select(r => (r.Prompt, 4))]));
        // Taken in turns: whatever else the machine does meets all of them.
        for (int repeat = 0; repeat < repeats; repeat++)
            for (int i = 0; i < loaded.Length; i++) measured[i].Add(Measurement.Of(() => loaded[i].Run(workload)));
        Measurement ours = Best(measured[0]);
        for (int i = 0; i < loaded.Length; i++)
        {
            Measurement best = Best(measured[i]);
            Console.WriteLine(FormattableString.Invariant(
                $"  {loaded[i].Name,-16}{best.PerSecond,8:0} tokens/s {best.PerProcessorSecond,8:0} per processor second   ours is {ours.PerSecond / best.PerSecond:0.00} x, {ours.PerProcessorSecond / best.PerProcessorSecond:0.00} x"));
            if (loaded[i] is OwnSystem own) Console.WriteLine($"    {own.Profile}");
            loaded[i].Dispose();
        }
    }

    private static Measurement Best(List<Measurement> measured) => measured.MaxBy(m => m.PerProcessorSecond);
}
