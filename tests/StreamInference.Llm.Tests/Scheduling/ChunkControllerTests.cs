using StreamInference.Llm.Engine;
using StreamInference.Llm.Execution;
using StreamInference.Llm.Scheduling;
using StreamInference.Llm.Tests.Doubles;

namespace StreamInference.Llm.Tests.Scheduling;

public class ChunkControllerTests
{
    [Theory]
    [InlineData(8, 0.5, 44)]
    [InlineData(0, 1, 30)]
    [InlineData(20, 0.5, 20)]
    public void Chunks_settle_where_the_step_takes_what_the_stretch_allows(double once, double perToken, int settled)
    {
        ChunkController chunks = new(2.5, 512);
        chunks.Observe(8, 0, TimeSpan.FromMilliseconds(20));
        for (int i = 0; i < 60; i++)
        {
            int tokens = chunks.Limit(8);
            double milliseconds = 20 + once + tokens * perToken;
            // From below: no step on the way is longer than the promise.
            Assert.InRange(milliseconds, 20, 50.001);
            chunks.Observe(8, tokens, TimeSpan.FromMilliseconds(milliseconds));
        }
        // Whole tokens: the last steps towards the limit may be shorter than one.
        Assert.InRange(chunks.Limit(8), settled * 0.85, settled);
        Assert.Equal(512, chunks.Limit(0));
    }

    [Fact]
    public void A_fixed_cost_beyond_the_stretch_does_not_make_chunks_ever_smaller()
    {
        ChunkController chunks = new(2.5, 512);
        chunks.Observe(8, 0, TimeSpan.FromMilliseconds(10));
        for (int i = 0; i < 50; i++) chunks.Observe(8, chunks.Limit(8), TimeSpan.FromMilliseconds(30));
        Assert.Equal(ChunkController.MinTokens, chunks.Limit(8));
    }

    [Fact]
    public void A_pause_in_a_plain_step_does_not_lengthen_chunks_for_long()
    {
        ChunkController chunks = new(2, 512);
        for (int i = 0; i < 20; i++) chunks.Observe(4, 0, TimeSpan.FromMilliseconds(10));
        for (int i = 0; i < 4; i++) chunks.Observe(4, 20, TimeSpan.FromMilliseconds(20));
        Assert.Equal(20, chunks.Limit(4));
        chunks.Observe(4, 0, TimeSpan.FromSeconds(3));
        Assert.InRange(chunks.Limit(4), 20, 21);
    }

    [Fact]
    public void A_step_of_few_rows_is_not_judged_by_one_of_many()
    {
        ChunkController chunks = new(2, 512);
        chunks.Observe(8, 0, TimeSpan.FromMilliseconds(16));
        for (int i = 0; i < 4; i++) chunks.Observe(8, 16, TimeSpan.FromMilliseconds(32));
        Assert.Equal(16, chunks.Limit(8));
        Assert.Equal(8, chunks.Limit(4));
        Assert.Equal(16, chunks.Limit(12));
        chunks.Observe(4, 0, TimeSpan.FromMilliseconds(12));
        Assert.Equal(12, chunks.Limit(4));
    }

    [Fact]
    public void Tokens_that_seem_to_cost_nothing_lengthen_a_chunk_by_half_at_a_time()
    {
        ChunkController chunks = new(2, 512);
        chunks.Observe(4, 0, TimeSpan.FromMilliseconds(10));
        int before = ChunkController.MinTokens;
        for (int i = 0; i < 6; i++)
        {
            chunks.Observe(4, before, TimeSpan.FromMilliseconds(9));
            int next = chunks.Limit(4);
            Assert.Equal(before + before / 2, next);
            before = next;
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(1, 1000)]
    public void Without_or_with_absurd_measurements_a_chunk_is_small_and_never_empty(int decodeMicroseconds, int chunkMilliseconds)
    {
        ChunkController chunks = new(1.5, 512);
        chunks.Observe(1, 0, TimeSpan.FromMicroseconds(decodeMicroseconds));
        if (chunkMilliseconds > 0) chunks.Observe(1, 1, TimeSpan.FromMilliseconds(chunkMilliseconds));
        Assert.Equal(ChunkController.MinTokens, chunks.Limit(4));
        Assert.Equal(4, new ChunkController(1.5, 4).Limit(1));
    }

    /// <summary>The whole engine over a clock of its own: what a step costs is a function of its rows, tokens and pasts, with noise.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Running_requests_wait_at_most_three_plain_steps_while_a_long_prompt_is_admitted(int seed)
    {
        EngineHarness harness = new(EngineHarness.Slots(sequences: 8, blocks: 2048), new LlmEngineOptions { MaxBatchedTokens = 512 }, maxLength: 2300);
        Random random = new(seed);
        harness.Executor.OnExecute = batch => harness.Time.Advance(TimeSpan.FromMilliseconds(CostOf(batch) * (0.85 + 0.3 * random.NextDouble())));
        for (int i = 0; i < 7; i++) harness.Submit(EngineHarness.Request(i, EngineHarness.Prompt(10, i), 2000));
        double[] plain = Gaps(harness, 100);
        double median = plain.Order().ElementAt(plain.Length / 2);
        harness.Submit(EngineHarness.Request(9, EngineHarness.Prompt(2000, 9), 4));
        List<double> admitting = [];
        while (harness.TokensOf(9).Count == 0) admitting.AddRange(Gaps(harness, 1));
        Assert.InRange(admitting.Max(), median * 1.2, median * 3);
        // Nor is the prompt starved: the time it is given is used.
        Assert.InRange(admitting.Average(), median * 1.5, median * 2.2);
    }

    private static double CostOf(StepBatch batch)
    {
        double milliseconds = 0;
        foreach (SequenceSlice slice in batch.Sequences)
            milliseconds += slice.NewCount == 1 ? 0.4 : 0.8 + slice.NewCount * (0.15 + slice.PastLength * 0.00025);
        return 3 + milliseconds;
    }

    private static double[] Gaps(EngineHarness harness, int steps)
    {
        double[] gaps = new double[steps];
        for (int i = 0; i < steps; i++)
        {
            long started = harness.Time.GetTimestamp();
            harness.Core.Step();
            gaps[i] = harness.Time.GetElapsedTime(started).TotalMilliseconds;
        }
        return gaps;
    }
}
