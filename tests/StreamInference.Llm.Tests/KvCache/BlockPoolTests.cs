using CsCheck;
using StreamInference.Llm.KvCache;

namespace StreamInference.Llm.Tests.KvCache;

public class BlockPoolTests
{
    [Fact]
    public void A_block_is_free_or_held_whatever_happens()
        => Gen.Int[0, 2].Array[1, 200].Sample(actions =>
        {
            BlockPool pool = new(7);
            List<int> held = [];
            foreach (int action in actions)
            {
                if (action == 0 && pool.FreeCount > 0) held.Add(pool.Take());
                else if (action == 1 && held.Count > 0)
                {
                    pool.AddHolder(held[0]);
                    held.Add(held[0]);
                }
                else if (held.Count > 0)
                {
                    int block = held[^1];
                    held.RemoveAt(held.Count - 1);
                    if (pool.Release(block) != !held.Contains(block)) return false;
                }
                if (pool.FreeCount + held.Distinct().Count() != 7) return false;
                if (held.Any(b => pool.HoldersOf(b) != held.Count(h => h == b))) return false;
            }
            return true;
        }, iter: 2000);

    [Fact]
    public void A_free_block_cannot_be_released_or_shared()
    {
        BlockPool pool = new(2);
        int block = pool.Take();
        pool.Release(block);
        Assert.Throws<InvalidOperationException>(() => pool.Release(block));
        Assert.Throws<InvalidOperationException>(() => pool.AddHolder(block));
        pool.Take();
        pool.Take();
        Assert.Throws<InvalidOperationException>(() => pool.Take());
    }
}
