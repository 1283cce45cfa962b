namespace StreamInference.LanguageBenchmarks;

/// <summary>A model of GenAI with the number of threads fixed.</summary>
internal sealed class GenAiModel : IDisposable
{
    public GenAiModel(string folder, int threads, string? overlay = null)
    {
        GenAiNative.Check(GenAiNative.OgaCreateConfig(folder, out nint config));
        GenAiNative.Check(GenAiNative.OgaConfigOverlay(config,
            "{\"model\":{\"decoder\":{\"session_options\":{\"intra_op_num_threads\":" + threads + ",\"inter_op_num_threads\":1}}}}"));
        if (overlay is not null) GenAiNative.Check(GenAiNative.OgaConfigOverlay(config, overlay));
        GenAiNative.Check(GenAiNative.OgaCreateModelFromConfig(config, out nint model));
        GenAiNative.OgaDestroyConfig(config);
        Handle = model;
    }

    public nint Handle { get; }

    public void Dispose() => GenAiNative.OgaDestroyModel(Handle);
}

/// <summary>GenAI's Generator: static batches of equal size, each as long as its longest request.</summary>
internal sealed unsafe class GenAiGenerator(string folder, int slots, int threads) : ISystem
{
    private readonly GenAiModel _model = new(folder, threads);

    public string Name => "GenAI Generator";

    public int Run(Workload workload)
    {
        int tokens = 0;
        foreach ((int[] Prompt, int Tokens)[] group in workload.Requests.Chunk(slots))
        {
            int prompt = group.Max(r => r.Prompt.Length), longest = group.Max(r => r.Tokens);
            RunGroup(group, prompt + longest, longest);
            tokens += group.Sum(r => r.Tokens);
        }
        return tokens;
    }

    /// <summary>Greedy output tokens of one prompt.</summary>
    public int[] Generate(int[] prompt, int count)
    {
        int[] generated = [];
        RunGroup([(prompt, count)], prompt.Length + count, count,
            generator => generated = new ReadOnlySpan<int>(GenAiNative.OgaGenerator_GetSequenceData(generator, 0), (int)GenAiNative.OgaGenerator_GetSequenceCount(generator, 0))[prompt.Length..].ToArray());
        return generated;
    }

    public void Dispose() => _model.Dispose();

    private void RunGroup((int[] Prompt, int Tokens)[] group, int length, int steps, Action<nint>? ended = null)
    {
        GenAiNative.Check(GenAiNative.OgaCreateGeneratorParams(_model.Handle, out nint parameters));
        foreach ((string name, double value) in new[] { ("max_length", (double)length), ("min_length", length), ("batch_size", group.Length) })
            GenAiNative.Check(GenAiNative.OgaGeneratorParamsSetSearchNumber(parameters, name, value));
        GenAiNative.Check(GenAiNative.OgaGeneratorParamsSetSearchBool(parameters, "do_sample", false));
        GenAiNative.Check(GenAiNative.OgaCreateGenerator(_model.Handle, parameters, out nint generator));
        GenAiNative.Check(GenAiNative.OgaCreateSequences(out nint sequences));
        foreach ((int[] prompt, _) in group)
            fixed (int* ids = prompt) GenAiNative.Check(GenAiNative.OgaAppendTokenSequence(ids, (nuint)prompt.Length, sequences));
        GenAiNative.Check(GenAiNative.OgaGenerator_AppendTokenSequences(generator, sequences));
        for (int step = 0; step < steps; step++) GenAiNative.Check(GenAiNative.OgaGenerator_GenerateNextToken(generator));
        ended?.Invoke(generator);
        GenAiNative.OgaDestroySequences(sequences);
        GenAiNative.OgaDestroyGenerator(generator);
        GenAiNative.OgaDestroyGeneratorParams(parameters);
    }
}

/// <summary>GenAI's engine, which on the processor batches statically.</summary>
internal sealed unsafe class GenAiEngine : ISystem
{
    private readonly GenAiModel _model;
    private readonly nint _engine;
    private readonly nint _events;

    public GenAiEngine(string folder, int slots, int threads)
    {
        _model = new GenAiModel(folder, threads, "{\"engine\":{\"static_batching\":{\"max_batch_size\":" + slots + "}}}");
        GenAiNative.Check(GenAiNative.OgaCreateEngine(_model.Handle, out _engine));
        GenAiNative.Check(GenAiNative.OgaCreateEngineEventBuffer(_engine, 64, out _events));
    }

    public string Name => "GenAI Engine";

    public int Run(Workload workload)
    {
        HashSet<nint> open = [.. workload.Requests.Select(r => Add(r.Prompt, r.Tokens))];
        int tokens = 0;
        while (Pending())
        {
            GenAiNative.Check(GenAiNative.OgaEngineRun(_engine, _events));
            nuint count = GenAiNative.OgaEngineEventBufferGetCount(_events);
            List<nint> ended = [];
            for (nuint i = 0; i < count; i++)
            {
                nint item = GenAiNative.OgaEngineEventBufferGet(_events, i);
                GenAiNative.Check(GenAiNative.OgaEngineEventGetFlags(item, out uint flags));
                GenAiNative.Check(GenAiNative.OgaEngineEventGetRequest(item, out nint request));
                if ((flags & 1) != 0) tokens++;
                if ((flags & 2) != 0) ended.Add(request);
            }
            foreach (nint request in ended.Where(open.Remove))
            {
                GenAiNative.Check(GenAiNative.OgaRequestClose(request));
                GenAiNative.OgaDestroyRequest(request);
            }
        }
        return tokens;
    }

    public void Dispose()
    {
        GenAiNative.OgaDestroyEngineEventBuffer(_events);
        GenAiNative.OgaDestroyEngine(_engine);
        _model.Dispose();
    }

    private bool Pending()
    {
        GenAiNative.Check(GenAiNative.OgaEngineHasPendingRequests(_engine, out bool pending));
        return pending;
    }

    private nint Add(int[] prompt, int tokens)
    {
        GenAiNative.Check(GenAiNative.OgaCreateRequestOptions(out nint options));
        GenAiNative.Check(GenAiNative.OgaRequestOptionsSetMaxSessionTokens(options, (ulong)(prompt.Length + tokens)));
        GenAiNative.Check(GenAiNative.OgaEngineCreateRequest(_engine, options, out nint request));
        GenAiNative.OgaDestroyRequestOptions(options);
        GenAiNative.Check(GenAiNative.OgaRequestCreateTurnOptions(request, out nint turn));
        GenAiNative.Check(GenAiNative.OgaTurnOptionsSetMaxGeneratedTokens(turn, (ulong)tokens));
        GenAiNative.Check(GenAiNative.OgaTurnOptionsSetMinGeneratedTokens(turn, (ulong)tokens));
        fixed (int* ids = prompt) GenAiNative.Check(GenAiNative.OgaRequestBeginTurn(request, turn, ids, (ulong)prompt.Length, out _));
        GenAiNative.OgaDestroyTurnOptions(turn);
        return request;
    }
}
