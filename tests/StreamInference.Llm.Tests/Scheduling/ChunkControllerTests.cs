using StreamInference.Llm.Scheduling;

namespace StreamInference.Llm.Tests.Scheduling;

public class ChunkControllerTests
{
    [Fact]
    public void A_chunk_is_as_long_as_the_stretch_allows_by_learned_costs()
    {
        ChunkController chunks = new(2.5, 512);
        for (int i = 0; i < 30; i++)
        {
            int tokens = 16 + i % 7 * 10;
            chunks.Observe(8, 0, TimeSpan.FromMilliseconds(20));
            // 20 ms of decoding, 8 ms for a chunk at all, 0.5 ms for each token: 44 tokens make 2.5 times.
            chunks.Observe(8, tokens, TimeSpan.FromMilliseconds(20 + 8 + tokens * 0.5));
        }
        Assert.InRange(chunks.Limit(8), 43, 44);
        Assert.Equal(512, chunks.Limit(0));
    }

    [Fact]
    public void Small_chunks_do_not_make_it_ever_smaller()
    {
        ChunkController chunks = new(2.5, 512);
        for (int i = 0; i < 200; i++)
        {
            chunks.Observe(8, 0, TimeSpan.FromMilliseconds(10));
            int tokens = Math.Min(8, chunks.Limit(8));
            chunks.Observe(8, tokens, TimeSpan.FromMilliseconds(10 + 9 + tokens * 0.1));
        }
        Assert.True(chunks.Limit(8) >= ChunkController.MinTokens);
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
}
