using System.Diagnostics;
using StreamInference.Llm.Engine;
using StreamInference.Onnx.Language.Export;

namespace StreamInference.LanguageBenchmarks;

/// <summary>Named scenarios; every figure is a ratio to a baseline of the same run. Comparisons come as rows: ours in tokens/s, ours / peer by the clock and by processor time.</summary>
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
                case "batching-large": Batching(RandomModel.Large, "110M", Workload.Mixed(16, longest: 60)); break;
                case "single": Single(RandomModel.Small, "15M", 256); break;
                case "single-large": Single(RandomModel.Large, "110M", 64); break;
                case "single-llamacpp": SingleLlamaCpp(); break;
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
            Compare($"{Requests(workload)}, {size} random weights, {Name(precision)}", workload,
                () => OwnSystem.Load("ours", own, Slots, threads, 270), () => new GenAiEngine(genAi, Slots, threads));
        }
    }

    private void Single(DecoderConfig config, string size, int tokens)
    {
        foreach (WeightPrecision precision in new[] { WeightPrecision.Float32, WeightPrecision.Int4 })
        {
            (string own, string genAi) = Models(config, size, precision);
            Compare($"one sequence, {size}, {Name(precision)}", Workload.One(64, tokens), () => OwnSystem.Load("ours", own, 1, threads, 330), () => new GenAiGenerator(genAi, 1, threads));
        }
    }

    private void SingleLlamaCpp()
    {
        foreach ((string type, string file) in GgufFiles())
        {
            Compare($"one sequence, SmolLM2-135M {type}", Workload.One(64, 96), () => OwnSystem.Load("ours", file, 1, threads, 256),
                () => new LlamaCppSystem(file, 1, threads, 256));
        }
    }

    private void Equal()
    {
        foreach (WeightPrecision precision in new[] { WeightPrecision.Float32, WeightPrecision.Int4 })
        {
            (string own, string genAi) = Models(RandomModel.Small, "15M", precision);
            Compare($"32 equal sequences, 15M, {Name(precision)}", Workload.Equal(32, 32, 64), () => OwnSystem.Load("ours", own, 32, threads, 100), () => new GenAiGenerator(genAi, 32, threads));
        }
    }

    private void LlamaCpp()
    {
        Workload workload = Workload.Mixed(24, longest: 100);
        foreach ((string type, string file) in GgufFiles())
        {
            Compare($"{Requests(workload)}, SmolLM2-135M {type}", workload,
                () => OwnSystem.Load("ours", file, Slots, threads, 270), () => new LlamaCppSystem(file, Slots, threads, 270));
        }
    }

    /// <summary>The model as it is, and rounded to llama.cpp's fastest 4-bit type by its own tool.</summary>
    private IEnumerable<(string Type, string File)> GgufFiles()
    {
        yield return ("Q4_1", Gguf);
        string file = Path.Combine(_made, "SmolLM2-135M-Instruct.Q4_0.gguf");
        LlamaCppSystem.Quantize(Gguf, file);
        yield return ("Q4_0", file);
    }

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
        using OwnSystem system = OwnSystem.Load("ours", own, Slots, threads, 2600);
        for (int i = 0; i < Slots - 1; i++) system.Engine.TrySubmit(OwnSystem.Request(i, Workload.Tokens(24, i), 2200));
        // A first prompt, as a service has had before: code is compiled, buffers are made.
        Admit(system, 98, 200);
        List<Gap> alone = [.. Enumerable.Range(0, 150).Select(_ => Step(system))], admitting = Admit(system, 99, 2000);
        string Ratio(Func<Gap, double> of)
        {
            double[] plain = [.. alone.Select(of).Order()];
            double median = plain[plain.Length / 2], ownWorst = plain[(int)(plain.Length * 0.99)];
            double worst = admitting.Select(of).Order().ElementAt((int)(admitting.Count * 0.99));
            return FormattableString.Invariant($"P99 {worst:0.0} ms, plain steps median {median:0.0} ms, P99 {ownWorst:0.0} ms: {worst / median:0.00} medians");
        }

        Console.WriteLine($"a prompt of 2,000 tokens beside {Slots - 1} decoding, {admitting.Count} steps: {Ratio(g => g.Wall)}; in processor time {Ratio(g => g.Processor)}");
    }

    private static List<Gap> Admit(OwnSystem system, long id, int tokens)
    {
        system.Engine.TrySubmit(OwnSystem.Request(id, Workload.Tokens(tokens, (int)id), 4));
        List<Gap> gaps = [];
        do gaps.Add(Step(system));
        while (system.Engine.LastStep.PromptTokens > 0);
        return gaps;
    }

    /// <summary>What running requests wait for: one step. On a busy machine the wall clock measures the neighbours too.</summary>
    private static Gap Step(OwnSystem system)
    {
        TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
        long started = Stopwatch.GetTimestamp();
        system.Engine.Step();
        double wall = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        while (system.Engine.Outputs.TryRead(out _)) { }
        return new Gap(wall, (Process.GetCurrentProcess().TotalProcessorTime - processor).TotalMilliseconds);
    }

    private readonly record struct Gap(double Wall, double Processor);

    private (string Own, string GenAi) Models(DecoderConfig config, string size, WeightPrecision precision)
        => (RandomModel.Write(_made, size, config, precision, false, Tokenizer), RandomModel.Write(_made, size, config, precision, true, Tokenizer));

    private void Compare(string title, Workload workload, params Func<ISystem>[] systems)
    {
        ISystem[] loaded = new ISystem[systems.Length];
        List<Measurement>[] measured = [.. systems.Select(_ => new List<Measurement>())];
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            // Loaded and taken in turns, backwards every second time: who is loaded first may get the slower memory (seen: a tenth).
            int[] order = [.. Enumerable.Range(0, systems.Length)];
            if (repeat % 2 == 1) Array.Reverse(order);
            foreach (int i in order) loaded[i] = systems[i]();
            foreach (int i in order) loaded[i].Run(new Workload([.. workload.Requests.Take(2).Select(r => (r.Prompt, 4))]));
            foreach (int i in order) measured[i].Add(Measurement.Of(() => loaded[i].Run(workload)));
            foreach (ISystem system in loaded) system.Dispose();
        }
        Measurement ours = Best(measured[0]);
        for (int i = 1; i < loaded.Length; i++)
        {
            Measurement peer = Best(measured[i]);
            Console.WriteLine(FormattableString.Invariant(
                $"| {title} | {loaded[i].Name} | {ours.PerSecond:N0} | {ours.PerSecond / peer.PerSecond:0.00} | {ours.PerProcessorSecond / peer.PerProcessorSecond:0.00} |"));
        }
        if (loaded[0] is OwnSystem own) Console.WriteLine($"  {own.Profile}");
    }

    private static string Requests(Workload workload)
        => $"{workload.Requests.Count} requests of {workload.Requests.Min(r => r.Tokens)}-{workload.Requests.Max(r => r.Tokens)} tokens on {Slots} slots";

    private static string Name(WeightPrecision precision) => precision == WeightPrecision.Float32 ? "fp32" : precision.ToString().ToLowerInvariant();

    private static Measurement Best(List<Measurement> measured) => measured.MaxBy(m => m.PerProcessorSecond);
}
