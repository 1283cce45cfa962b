using StreamInference.Llm.Scheduling;

namespace StreamInference.Llm.Tests.Scheduling;

public class ChunkControllerTests
{
    [Fact]
    public void A_chunk_is_as_long_as_the_stretch_allows_by_measured_costs()
    {
        ChunkController chunks = new(2.5, 512);
        for (int i = 0; i < 30; i++)
        {
            chunks.Observe(8, 0, TimeSpan.FromMilliseconds(20));
            chunks.Observe(8, 16, TimeSpan.FromMilliseconds(20 + 16 * 1.5));
        }
        Assert.Equal(20, chunks.Limit(8));
        Assert.Equal(512, chunks.Limit(0));
    }

    [Fact]
    public void Without_measurements_a_chunk_is_small_and_never_empty()
    {
        ChunkController chunks = new(1.5, 512);
        Assert.InRange(chunks.Limit(4), 1, 64);
        chunks.Observe(1, 0, TimeSpan.FromMicroseconds(1));
        chunks.Observe(1, 1, TimeSpan.FromSeconds(1));
        Assert.Equal(1, chunks.Limit(1));
    }
}
