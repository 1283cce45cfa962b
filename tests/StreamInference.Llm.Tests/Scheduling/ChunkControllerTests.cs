using CsCheck;
using StreamInference.Llm.Scheduling;

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
        chunks.Observe(8, default, TimeSpan.FromMilliseconds(20));
        for (int i = 0; i < 60; i++)
        {
            int tokens = chunks.Limit(8, default, 0, 1000);
            double milliseconds = 20 + once + tokens * perToken;
            // From below: no step on the way is longer than the promise.
            Assert.InRange(milliseconds, 20, 50.001);
            chunks.Observe(8, ChunkWork.Of(0, tokens), TimeSpan.FromMilliseconds(milliseconds));
        }
        Assert.InRange(chunks.Limit(8, default, 0, 1000), settled * 0.9, settled);
        Assert.Equal(512, chunks.Limit(0, default, 0, 1000));
    }

    /// <summary>
    /// Machines of many kinds (costs for each chunk, token, token of context and pair; steps with noise and pauses) take prompts of many lengths. The steps
    /// keep the bound, and are hardly more than those of somebody who knows the machine.
    /// </summary>
    [Fact]
    public void Steps_stay_within_the_stretch_and_prompts_take_about_as_few_as_with_the_cost_known()
        => Gen.Select(Gen.Double[0, 0.3], Gen.Double[0.005, 0.04], Gen.Double[0, 0.4], Gen.Double[0, 0.9], Gen.Int[200, 2400].Array[4], Gen.Int[0, 1 << 30])
            .Sample((chunk, token, context, pair, prompts, seed) =>
            {
                // In plain steps; at the longest past a chunk of the least size still fits.
                double CostOf(ChunkWork work) => chunk * work.Chunks + token * work.Tokens + context * work.Context / 2400 + pair * work.Pairs / 2400 / 64;
                Random random = new(seed);
                Machine machine = new(CostOf, () => 0.9 + 0.2 * random.NextDouble() + (random.Next(100) == 0 ? 4 : 0));
                // The first prompt is where it learns.
                machine.Take(600);
                machine.Foreseen.Clear();
                foreach (int prompt in prompts) machine.Take(prompt);
                double[] sorted = [.. machine.Foreseen.Order()];
                Assert.InRange(sorted[^1], 1, 3.25);
                Assert.InRange(sorted[(int)(sorted.Length * 0.95)], 1, 2.75);
                Assert.InRange(sorted.Length, 1, prompts.Sum(prompt => StepsOfOneWhoKnows(CostOf, prompt)) * 1.4 + 8 * prompts.Length);
            }, iter: 300);

    [Fact]
    public void A_fixed_cost_beyond_the_stretch_does_not_make_chunks_ever_smaller()
    {
        ChunkController chunks = new(2.5, 512);
        chunks.Observe(8, default, TimeSpan.FromMilliseconds(10));
        for (int i = 0; i < 50; i++) chunks.Observe(8, ChunkWork.Of(0, chunks.Limit(8, default, 0, 100)), TimeSpan.FromMilliseconds(30));
        Assert.Equal(ChunkController.MinTokens, chunks.Limit(8, default, 0, 100));
    }

    [Fact]
    public void A_pause_does_not_change_chunks_for_long()
    {
        ChunkController chunks = new(2, 512);
        for (int i = 0; i < 20; i++) chunks.Observe(4, default, TimeSpan.FromMilliseconds(10));
        for (int i = 0; i < 20; i++) chunks.Observe(4, ChunkWork.Of(0, 20), TimeSpan.FromMilliseconds(20));
        Assert.InRange(chunks.Limit(4, default, 0, 100), 19, 20);
        chunks.Observe(4, default, TimeSpan.FromSeconds(3));
        Assert.InRange(chunks.Limit(4, default, 0, 100), 19, 21);
        chunks.Observe(4, ChunkWork.Of(0, 20), TimeSpan.FromSeconds(3));
        Assert.InRange(chunks.Limit(4, default, 0, 100), 17, 21);
    }

    [Fact]
    public void A_step_of_few_rows_is_not_judged_by_one_of_many()
    {
        ChunkController chunks = new(2, 512);
        chunks.Observe(8, default, TimeSpan.FromMilliseconds(16));
        foreach (int tokens in new[] { 8, 10, 12, 14, 16 }) chunks.Observe(8, ChunkWork.Of(0, tokens), TimeSpan.FromMilliseconds(16 + tokens));
        Assert.InRange(chunks.Limit(8, default, 0, 100), 15, 16);
        Assert.Equal(8, chunks.Limit(4, default, 0, 100));
        Assert.InRange(chunks.Limit(12, default, 0, 100), 15, 16);
        chunks.Observe(4, default, TimeSpan.FromMilliseconds(12));
        Assert.InRange(chunks.Limit(4, default, 0, 100), 11, 12);
    }

    [Fact]
    public void Tokens_that_seem_to_cost_nothing_lengthen_a_chunk_by_half_at_a_time()
    {
        ChunkController chunks = new(2, 512);
        chunks.Observe(4, default, TimeSpan.FromMilliseconds(10));
        int before = ChunkController.MinTokens;
        for (int i = 0; i < 6; i++)
        {
            chunks.Observe(4, ChunkWork.Of(0, before), TimeSpan.FromMilliseconds(9));
            int next = chunks.Limit(4, default, 0, 1000);
            Assert.Equal(before + before / 2, next);
            before = next;
        }
    }

    [Fact]
    public void A_second_chunk_joins_where_enough_of_it_or_all_of_it_fits()
    {
        ChunkController chunks = new(2, 512);
        chunks.Observe(4, default, TimeSpan.FromMilliseconds(20));
        for (int i = 0; i < 30; i++) chunks.Observe(4, ChunkWork.Of(0, 15 + i % 6), TimeSpan.FromMilliseconds(20 + 15 + i % 6));
        Assert.InRange(chunks.Limit(4, ChunkWork.Of(0, 5), 0, 100), 13, 15);
        Assert.Equal(0, chunks.Limit(4, ChunkWork.Of(0, 16), 0, 100));
        Assert.Equal(2, chunks.Limit(4, ChunkWork.Of(0, 16), 0, 2));
        Assert.Equal(0, chunks.Limit(4, ChunkWork.Of(0, 20), 0, 2));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(1, 1000)]
    public void Without_or_with_absurd_measurements_a_chunk_is_small_and_never_empty(int decodeMicroseconds, int chunkMilliseconds)
    {
        ChunkController chunks = new(1.5, 512);
        chunks.Observe(1, default, TimeSpan.FromMicroseconds(decodeMicroseconds));
        if (chunkMilliseconds > 0) chunks.Observe(1, ChunkWork.Of(0, 1), TimeSpan.FromMilliseconds(chunkMilliseconds));
        Assert.Equal(ChunkController.MinTokens, chunks.Limit(4, default, 0, 100));
        Assert.Equal(3, chunks.Limit(4, default, 0, 3));
        Assert.Equal(4, new ChunkController(1.5, 4).Limit(1, default, 0, 100));
    }

    private static int StepsOfOneWhoKnows(Func<ChunkWork, double> costOf, int prompt)
    {
        int steps = 0;
        for (int past = 0; past < prompt; steps++)
        {
            int tokens = Math.Min(ChunkController.MinTokens, prompt - past);
            while (past + tokens < prompt && costOf(ChunkWork.Of(past, tokens + 1)) <= 1) tokens++;
            past += tokens;
        }
        return steps;
    }

    /// <summary>Steps of seven decode rows, which take 6 ms, and the chunks that the controller lets in.</summary>
    private sealed class Machine(Func<ChunkWork, double> costOf, Func<double> noise)
    {
        private const int Rows = 7;
        private readonly ChunkController _chunks = new(2, 512);

        /// <summary>Costs of steps in plain steps, without noise: what was let in.</summary>
        public List<double> Foreseen { get; } = [];

        public void Take(int prompt)
        {
            for (int i = 0; i < 20; i++) Step(default);
            for (int past = 0; past < prompt;)
            {
                int tokens = _chunks.Limit(Rows, default, past, prompt - past);
                Assert.True(tokens > 0, "the prompt is starved");
                ChunkWork work = ChunkWork.Of(past, tokens);
                Foreseen.Add(1 + costOf(work));
                Step(work);
                past += tokens;
            }
        }

        private void Step(ChunkWork work) => _chunks.Observe(Rows, work, TimeSpan.FromMilliseconds(6 * (1 + costOf(work)) * noise()));
    }
}
