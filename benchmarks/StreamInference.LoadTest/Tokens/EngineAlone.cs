using System.Diagnostics;
using StreamInference.Llm.Engine;

namespace StreamInference.LoadTest.Tokens;

/// <summary>The baseline: the same engine, stepped by a loop, without Kafka.</summary>
internal static class EngineAlone
{
    /// <summary>Tokens per second and per processor second of all requests at once.</summary>
    public static async Task<Throughput> RunAsync(TokenModel model, int requests, int tokens)
    {
        await using LlmEngine engine = model.CreateEngine();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < requests; i++) engine.TrySubmit(TokenModel.Request(i, tokens));
        int made = 0;
        for (int finished = 0; finished < requests;)
        {
            engine.Step();
            while (engine.Outputs.TryRead(out GenerationOutput? output))
            {
                made += output.TokenIds.Count;
                if (output.IsFinal) finished++;
            }
        }

        return new Throughput(made, Stopwatch.GetElapsedTime(started), Environment.CpuUsage.TotalTime - processor);
    }

    /// <summary>The times to the first token in milliseconds of requests that come one after the other.</summary>
    public static async Task<List<double>> FirstTokensAsync(TokenModel model, int requests, int tokens, TimeSpan spacing)
    {
        await using LlmEngine engine = model.CreateEngine();
        List<double> times = [];
        long started = Stopwatch.GetTimestamp();
        int sent = 0, finished = 0;
        while (finished < requests)
        {
            while (sent < requests && Stopwatch.GetElapsedTime(started) >= spacing * sent) engine.TrySubmit(TokenModel.Request(sent++, tokens));
            if (!engine.Step()) Thread.Sleep(1);
            while (engine.Outputs.TryRead(out GenerationOutput? output))
            {
                if (!output.IsFinal) continue;
                finished++;
                times.Add(output.Timings.TimeToFirstToken.TotalMilliseconds);
            }
        }

        return times;
    }

    /// <summary>How long streams take together from their submission to their next token, all of them read in again.</summary>
    public static async Task<TimeSpan> PrefillAsync(TokenModel model, IReadOnlyList<IReadOnlyList<int>> streams, int tokens)
    {
        await using LlmEngine engine = model.CreateEngine();
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < streams.Count; i++) engine.TrySubmit(TokenModel.Request(i, tokens, streams[i]));
        HashSet<long> going = [];
        while (going.Count < streams.Count)
        {
            engine.Step();
            while (engine.Outputs.TryRead(out GenerationOutput? output))
                if (output.TokenIds.Count > 0) going.Add(output.RequestId);
        }

        return Stopwatch.GetElapsedTime(started);
    }
}

/// <summary>What a run made, and what it took.</summary>
internal readonly record struct Throughput(long Tokens, TimeSpan Elapsed, TimeSpan Processor)
{
    public double PerSecond => Tokens / Elapsed.TotalSeconds;

    public double PerProcessorSecond => Tokens / Processor.TotalSeconds;

    /// <summary>Cores that the process had; less than it wants where the machine has others to serve.</summary>
    public double Cores => Processor / Elapsed;
}
