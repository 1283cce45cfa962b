namespace StreamInference.LanguageBenchmarks;

/// <summary>Something that generates tokens: ours or a peer.</summary>
internal interface ISystem : IDisposable
{
    string Name { get; }

    /// <summary>Runs a workload, greedy, past every end token; returns the tokens made.</summary>
    int Run(Workload workload);
}
