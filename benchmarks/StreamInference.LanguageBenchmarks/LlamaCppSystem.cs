using LLama;
using LLama.Batched;
using LLama.Common;
using LLama.Native;

namespace StreamInference.LanguageBenchmarks;

/// <summary>llama.cpp through LLamaSharp's batched executor, fed like a server: a free place is taken by the next request.</summary>
internal sealed class LlamaCppSystem : ISystem
{
    private readonly int _slots;
    private readonly LLamaWeights _weights;
    private readonly BatchedExecutor _executor;

    public LlamaCppSystem(string file, int slots, int threads, int maxLength)
    {
        NativeLogConfig.llama_log_set((_, _) => { });
        _slots = slots;
        ModelParams parameters = new(file)
        {
            ContextSize = (uint)(slots * maxLength),
            SeqMax = (uint)Math.Max(slots, 2),
            GpuLayerCount = 0,
            Threads = threads,
            BatchThreads = threads,
            KVUnified = true,
        };
        _weights = LLamaWeights.LoadFromFile(parameters);
        _executor = new BatchedExecutor(_weights, parameters);
    }

    public string Name => "llama.cpp";

    /// <summary>Writes a model rounded to Q4_0.</summary>
    public static void Quantize(string source, string target)
    {
        NativeLogConfig.llama_log_set((_, _) => { });
        if (!LLamaQuantizer.Quantize(source, target, LLamaFtype.MOSTLY_Q4_0, allowRequantize: true, quantizeOutputTensor: true))
            throw new InvalidOperationException($"{source} could not be quantized.");
    }

    public int Run(Workload workload)
    {
        Queue<(int[] Prompt, int Tokens)> waiting = new(workload.Requests);
        List<(Conversation Talk, int Left)> running = [];
        int tokens = 0;
        while (waiting.Count > 0 || running.Count > 0)
        {
            while (running.Count < _slots && waiting.TryDequeue(out (int[] Prompt, int Tokens) next))
            {
                Conversation talk = _executor.Create();
                talk.Prompt(next.Prompt.Select(t => (LLamaToken)t).ToList());
                running.Add((talk, next.Tokens));
            }
            DecodeResult result = _executor.Infer().GetAwaiter().GetResult();
            if (result != DecodeResult.Ok) throw new InvalidOperationException($"llama.cpp: {result}");
            for (int i = running.Count - 1; i >= 0; i--)
            {
                (Conversation talk, int left) = running[i];
                if (!talk.RequiresSampling) continue;
                Span<float> logits = talk.Sample();
                int best = logits.IndexOf(Llm.Sampling.LogitVectors.Max(logits));
                tokens++;
                if (left > 1)
                {
                    talk.Prompt((LLamaToken)best);
                    running[i] = (talk, left - 1);
                    continue;
                }
                talk.Dispose();
                running.RemoveAt(i);
            }
        }
        return tokens;
    }

    public void Dispose()
    {
        _executor.Dispose();
        _weights.Dispose();
    }
}
