using StreamInference.Llm.Execution;
using StreamInference.Llm.KvCache;
using StreamInference.Llm.Scheduling;

namespace StreamInference.Llm.Engine;

/// <summary>An immutable picture of the engine between two steps, for <see cref="EngineInvariants"/>.</summary>
internal sealed record EngineSnapshot
{
    public required KvCacheLayout Layout { get; init; }

    public required int FreeBlocks { get; init; }

    public required IReadOnlyList<int> Holders { get; init; }

    public required IReadOnlyList<int> CachedBlocks { get; init; }

    public required IReadOnlyList<CachedNode> Nodes { get; init; }

    public required IReadOnlyList<SequenceView> Running { get; init; }

    public required IReadOnlyList<SequenceView> Waiting { get; init; }

    public required IReadOnlyList<long> Requests { get; init; }

    public sealed record CachedNode(int Block, int Pins, bool ParentCached);

    public sealed record SequenceView(
        long Request, int Choice, string Status, int Length, int PromptLength, int MaxOutput, int Computed, int Slot,
        IReadOnlyList<int> Blocks, int PathLength);

    public static EngineSnapshot Of(
        KvCacheLayout layout, KvCacheManager cache, Scheduler scheduler, WaitingQueue waiting, IEnumerable<RequestState> requests)
    {
        PrefixNode[] nodes = [.. cache.Tree.Nodes()];
        HashSet<PrefixNode> known = [.. nodes];
        return new EngineSnapshot
        {
            Layout = layout,
            FreeBlocks = cache.Pool.FreeCount,
            Holders = [.. Enumerable.Range(0, layout.BlockCount).Select(cache.Pool.HoldersOf)],
            CachedBlocks = [.. nodes.Select(n => n.Block)],
            Nodes = [.. nodes.Select(n => new CachedNode(n.Block, n.Pins, n.Parent!.Parent is null || known.Contains(n.Parent)))],
            Running = [.. scheduler.Running.Select(View)],
            Waiting = [.. waiting.All().Select(View)],
            Requests = [.. requests.Select(r => r.Request.Id)],
        };
    }

    private static SequenceView View(Sequence s) => new(
        s.Request.Request.Id, s.Choice, s.Status.ToString(), s.Length, s.PromptLength, s.Request.MaxOutput, s.Computed, s.Slot,
        s.Blocks[..s.BlockCount], s.Path.Count);
}
