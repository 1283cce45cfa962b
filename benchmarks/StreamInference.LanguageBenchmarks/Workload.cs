namespace StreamInference.LanguageBenchmarks;

/// <summary>Requests of a run: prompts as token ids, and how many tokens each asks for.</summary>
internal sealed record Workload(IReadOnlyList<(int[] Prompt, int Tokens)> Requests)
{
    public int TotalTokens => Requests.Sum(r => r.Tokens);

    /// <summary>Prompts of 4 to 59 tokens, answers of 10 tokens and more: short and long ones mixed, as a service sees them.</summary>
    public static Workload Mixed(int requests, int longest = 200)
    {
        Random random = new(5);
        return new([.. Enumerable.Range(0, requests).Select(r => (Tokens(random.Next(4, 60), r), random.Next(10, longest)))]);
    }

    public static Workload One(int prompt, int tokens) => new([(Tokens(prompt, 1), tokens)]);

    public static Workload Equal(int requests, int prompt, int tokens) => new([.. Enumerable.Range(0, requests).Select(r => (Tokens(prompt, r), tokens))]);

    public static int[] Tokens(int count, int seed) => [.. Enumerable.Range(0, count).Select(i => 3 + (seed * 37 + i * 11) % 500)];
}

/// <summary>What a run took. Tokens per processor second stay comparable on a busy machine.</summary>
internal readonly record struct Measurement(int Tokens, double Seconds, double ProcessorSeconds)
{
    public double PerSecond => Tokens / Seconds;

    public double PerProcessorSecond => Tokens / ProcessorSeconds;

    public static Measurement Of(Func<int> run)
    {
        TimeSpan processor = System.Diagnostics.Process.GetCurrentProcess().TotalProcessorTime;
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        int tokens = run();
        return new(tokens, System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds,
            (System.Diagnostics.Process.GetCurrentProcess().TotalProcessorTime - processor).TotalSeconds);
    }
}
