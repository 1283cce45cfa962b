namespace StreamInference.Llm.Engine;

/// <summary>What must hold between two steps. Every violation is told, not only the first.</summary>
internal static class EngineInvariants
{
    public static IReadOnlyList<string> Validate(EngineSnapshot snapshot)
    {
        List<string> violations = [];
        CheckBlocks(snapshot, violations);
        CheckCache(snapshot, violations);
        CheckRunning(snapshot, violations);
        CheckWaiting(snapshot, violations);
        return violations;
    }

    private static void CheckBlocks(EngineSnapshot s, List<string> violations)
    {
        int[] expected = new int[s.Layout.BlockCount];
        foreach (EngineSnapshot.SequenceView sequence in s.Running)
            foreach (int block in sequence.Blocks) expected[block]++;
        foreach (int block in s.CachedBlocks) expected[block]++;
        for (int block = 0; block < expected.Length; block++)
        {
            if (expected[block] != s.Holders[block])
                violations.Add($"block {block} has {s.Holders[block]} holders, {expected[block]} are known (leak or double use)");
            if (!s.Layout.SharesBlocks && expected[block] > 1) violations.Add($"block {block} is used {expected[block]} times without sharing");
        }
        int free = expected.Count(holders => holders == 0);
        if (free != s.FreeBlocks) violations.Add($"{s.FreeBlocks} blocks are in the free list, {free} have no holder");
        if (s.CachedBlocks.Distinct().Count() != s.CachedBlocks.Count) violations.Add("a block is cached twice");
    }

    private static void CheckCache(EngineSnapshot s, List<string> violations)
    {
        foreach (EngineSnapshot.CachedNode node in s.Nodes)
        {
            if (!node.ParentCached) violations.Add($"cached block {node.Block} outlived its prefix");
            if (node.Pins < 0) violations.Add($"cached block {node.Block} has {node.Pins} pins");
            if (!s.Layout.SharesBlocks && node.Pins != 0) violations.Add($"cached block {node.Block} stays pinned between steps");
        }
        int pins = s.Nodes.Sum(n => n.Pins), paths = s.Running.Sum(r => r.PathLength);
        if (s.Layout.SharesBlocks && pins != paths) violations.Add($"{pins} pins, sequences hold {paths}");
    }

    private static void CheckRunning(EngineSnapshot s, List<string> violations)
    {
        if (s.Running.Count > s.Layout.MaxSequences) violations.Add($"{s.Running.Count} sequences run, {s.Layout.MaxSequences} may");
        if (s.Running.Select(r => r.Slot).Distinct().Count() != s.Running.Count) violations.Add("two sequences share a slot");
        foreach (EngineSnapshot.SequenceView r in s.Running)
        {
            string name = $"running {r.Request}/{r.Choice}";
            if (r.Status != "Running") violations.Add($"{name} is {r.Status}");
            if (r.Slot < 0 || r.Slot >= s.Layout.MaxSequences) violations.Add($"{name} has slot {r.Slot}");
            if (r.Computed < 0 || r.Computed >= r.Length) violations.Add($"{name} has computed {r.Computed} of {r.Length} tokens");
            if (r.Blocks.Count < s.Layout.BlocksFor(r.Computed)) violations.Add($"{name} has {r.Blocks.Count} blocks for {r.Computed} tokens");
            if (r.Blocks.Distinct().Count() != r.Blocks.Count) violations.Add($"{name} lists a block twice");
            if (r.Length - r.PromptLength >= r.MaxOutput) violations.Add($"{name} runs on after {r.Length - r.PromptLength} tokens");
            if (!s.Requests.Contains(r.Request)) violations.Add($"{name} has no request");
        }
    }

    private static void CheckWaiting(EngineSnapshot s, List<string> violations)
    {
        foreach (EngineSnapshot.SequenceView w in s.Waiting)
        {
            string name = $"waiting {w.Request}/{w.Choice}";
            if (w.Status != "Waiting") violations.Add($"{name} is {w.Status}");
            if (w.Slot >= 0 || w.Blocks.Count > 0 || w.Computed > 0 || w.PathLength > 0) violations.Add($"{name} holds memory");
            if (!s.Requests.Contains(w.Request)) violations.Add($"{name} has no request");
        }
        var ids = s.Running.Concat(s.Waiting).Select(v => (v.Request, v.Choice)).ToList();
        if (ids.Distinct().Count() != ids.Count) violations.Add("a sequence is in two places");
        foreach (long request in s.Requests)
            if (!ids.Any(id => id.Request == request)) violations.Add($"request {request} has no sequence left");
    }
}
