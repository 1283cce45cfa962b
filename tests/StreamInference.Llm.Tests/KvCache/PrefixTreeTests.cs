using CsCheck;
using StreamInference.Llm.KvCache;

namespace StreamInference.Llm.Tests.KvCache;

public class PrefixTreeTests
{
    [Fact]
    public void A_match_is_the_longest_inserted_prefix()
        => Gen.Int[0, 2].Array[0, 14].Array[1, 12].Sample(prompts =>
        {
            PrefixTree tree = new(2);
            List<PrefixNode> path = [];
            int block = 0;
            foreach (int[] prompt in prompts) Insert(tree, prompt, ref block);
            foreach (int[] prompt in prompts)
            {
                tree.Match(prompt, path);
                if (path.Count != prompt.Length / 2 || tree.MatchLength(prompt) != path.Count * 2) return false;
                if (!path.SelectMany(n => n.Tokens).SequenceEqual(prompt.Take(path.Count * 2))) return false;
            }
            return tree.Count == block;
        }, iter: 1000);

    [Fact]
    public void Eviction_takes_the_least_recently_used_leaf_and_never_a_pinned_one()
    {
        PrefixTree tree = new(1);
        int block = 0;
        Insert(tree, [1, 2], ref block);
        Insert(tree, [3], ref block);
        List<PrefixNode> path = [];
        tree.Match([1, 2], path);
        Assert.Equal([3], tree.EvictOldest()!.Tokens);
        foreach (PrefixNode node in path) tree.Pin(node);
        Assert.Null(tree.EvictOldest());
        Assert.Equal(0, tree.EvictableCount);
        foreach (PrefixNode node in path) tree.Unpin(node);
        Assert.Equal([2], tree.EvictOldest()!.Tokens);
        Assert.Equal([1], tree.EvictOldest()!.Tokens);
        Assert.Null(tree.EvictOldest());
    }

    private static void Insert(PrefixTree tree, int[] prompt, ref int block)
    {
        PrefixNode? parent = null;
        int size = tree.BlockSize;
        for (int at = 0; at + size <= prompt.Length; at += size)
        {
            ReadOnlySpan<int> tokens = prompt.AsSpan(at, size);
            parent = tree.Find(parent, tokens) ?? tree.Add(parent, tokens, block++);
        }
    }
}
