using CsCheck;
using StreamInference.Kafka.Sinks;

namespace StreamInference.Kafka.Tests.Sinks;

public sealed class OversizedResultsTests
{
    [Fact]
    public void A_small_result_is_a_suspect_first_and_too_large_only_when_it_fails_alone()
    {
        OversizedResults oversized = new(1000);
        oversized.Note(3, 10, isDeadLetter: false);
        Assert.True(oversized.IsSuspect(3));
        Assert.False(oversized.IsTooLarge(3, 10));
        oversized.Note(3, 10, isDeadLetter: false);
        Assert.True(oversized.IsTooLarge(3, 10));
        Assert.True(oversized.IsTooLarge(99, 11));
        Assert.False(oversized.IsTooLarge(99, 9));
    }

    [Fact]
    public void A_result_above_the_batch_size_travels_alone_and_is_known_at_once()
    {
        OversizedResults oversized = new(1000);
        oversized.Note(3, 1001, isDeadLetter: false);
        Assert.True(oversized.HasNews);
        Assert.True(oversized.IsTooLarge(3, 1001));
    }

    [Fact]
    public void A_dead_letter_that_is_refused_without_its_value_is_hopeless()
    {
        OversizedResults oversized = new(1000);
        oversized.Note(0, 5000, isDeadLetter: true);
        Assert.True(oversized.IsDeadLetterTooLarge(0));
        Assert.False(oversized.IsHopeless);
        oversized.Note(0, 0, isDeadLetter: true);
        oversized.Note(0, 0, isDeadLetter: true);
        Assert.True(oversized.IsHopeless);
    }

    [Fact]
    public void A_broker_with_a_limit_ends_with_exactly_the_larger_ones_as_dead_letters()
    {
        Gen.Select(Gen.Int[1, 3000].Array[1, 20], Gen.Int[1, 3000], Gen.Int[1, 3000]).Sample(
            (sizes, limit, batchSize) =>
            {
                OversizedResults oversized = new(batchSize);
                for (int round = 0; RefusedByBroker(sizes, limit, batchSize, oversized) is { Count: > 0 } refused; round++)
                {
                    Assert.True(round <= 2 * sizes.Length, "no end in sight");
                    oversized.BeginRepeat();
                    foreach (int position in refused) oversized.Note(position, sizes[position], isDeadLetter: false);
                    Assert.True(oversized.HasNews);
                }

                for (int i = 0; i < sizes.Length; i++) Assert.Equal(sizes[i] > limit, oversized.IsTooLarge(i, sizes[i]));
            },
            iter: 2000);
    }

    /// <summary>Packs results into sets of at most the batch size, suspects alone, and refuses the first set above the limit.</summary>
    private static List<int> RefusedByBroker(int[] sizes, int limit, int batchSize, OversizedResults oversized)
    {
        List<int> set = [];
        int bytes = 0;
        for (int i = 0; i <= sizes.Length; i++)
        {
            bool ends = i == sizes.Length || (set.Count > 0 && (oversized.IsSuspect(i) || oversized.IsSuspect(set[^1]) || bytes + sizes[i] > batchSize));
            if (ends && bytes > limit) return set;
            if (ends) (set, bytes) = ([], 0);
            if (i == sizes.Length || oversized.IsTooLarge(i, sizes[i])) continue;
            set.Add(i);
            bytes += sizes[i];
        }

        return [];
    }
}
