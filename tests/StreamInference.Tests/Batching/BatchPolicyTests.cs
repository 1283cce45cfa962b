using CsCheck;
using StreamInference.Batching;

namespace StreamInference.Tests.Batching;

public sealed class BatchPolicyTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(5);

    [Fact]
    public void A_full_batch_goes_at_once()
    {
        FixedBatchPolicy policy = new(8, Wait);
        Assert.Equal(TimeSpan.Zero, policy.Decide(new BatchState(8, 0, TimeSpan.Zero, 3)));
    }

    [Fact]
    public void A_batch_waits_for_the_rest_of_its_time()
    {
        FixedBatchPolicy policy = new(8, Wait);
        Assert.Equal(TimeSpan.FromMilliseconds(3), policy.Decide(new BatchState(7, 0, TimeSpan.FromMilliseconds(2), 0)));
        Assert.Equal(TimeSpan.Zero, policy.Decide(new BatchState(1, 0, Wait, 0)));
    }

    [Fact]
    public void A_batch_of_enough_bytes_goes_at_once()
    {
        FixedBatchPolicy policy = new(8, Wait, maxBytes: 100);
        Assert.Equal(TimeSpan.Zero, policy.Decide(new BatchState(2, 100, TimeSpan.Zero, 0)));
    }

    [Fact]
    public void An_idle_model_gets_what_is_there()
    {
        AdaptiveBatchPolicy policy = new(1024, Wait, TimeSpan.FromMilliseconds(50));
        Assert.Equal(TimeSpan.Zero, policy.Decide(new BatchState(1, 0, TimeSpan.Zero, 0)));
        Assert.Equal(Wait, policy.Decide(new BatchState(1, 0, TimeSpan.Zero, 1)));
    }

    [Fact]
    public void Full_batches_within_the_budget_grow_to_the_limit()
    {
        AdaptiveBatchPolicy policy = new(1024, Wait, TimeSpan.FromMilliseconds(50));
        for (int i = 0; i < 100; i++) policy.OnBatchCompleted(policy.MaxSize, TimeSpan.FromMilliseconds(1));
        Assert.Equal(1024, policy.MaxSize);
    }

    [Fact]
    public void Small_batches_do_not_ask_for_larger_ones()
    {
        AdaptiveBatchPolicy policy = new(1024, Wait, TimeSpan.FromMilliseconds(50));
        int before = policy.MaxSize;
        policy.OnBatchCompleted(3, TimeSpan.FromMilliseconds(1));
        Assert.Equal(before, policy.MaxSize);
    }

    [Fact]
    public void A_model_of_any_linear_cost_ends_within_its_budget()
    {
        Gen.Select(Gen.Double[0.001, 2.0], Gen.Double[0, 10]).Sample((perRecordMs, fixedMs) =>
        {
            AdaptiveBatchPolicy policy = new(4096, Wait, TimeSpan.FromMilliseconds(50));
            TimeSpan Cost(int size) => TimeSpan.FromMilliseconds(fixedMs + (size * perRecordMs));
            int over = 0;
            for (int i = 0; i < 200; i++)
            {
                int size = policy.MaxSize;
                policy.OnBatchCompleted(size, Cost(size));
                if (i >= 100 && Cost(size) > TimeSpan.FromMilliseconds(25) && size > 1) over++;
            }

            // The search goes over the budget now and then, and comes back at once.
            Assert.InRange(over, 0, 50);
            Assert.InRange(policy.MaxSize, 1, 4096);
        }, iter: 200);
    }
}
