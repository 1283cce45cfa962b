using CsCheck;

namespace StreamInference.Simulation.Tests.Numerics;

public sealed class Xoshiro256Tests
{
    [Fact]
    public void SplitMix64_gives_the_published_first_number()
    {
        // The reference implementation's first output for state 0.
        Assert.Equal(0xE220A8397B1DCDAFUL, Xoshiro256.Mix(0x9E3779B97F4A7C15));
    }

    [Fact]
    public void The_first_numbers_of_a_seed_are_frozen()
    {
        Xoshiro256 random = new(1, 1);
        ulong[] drawn = [random.NextUInt64(), random.NextUInt64(), random.NextUInt64()];
        Assert.Equal(FrozenNumbers, drawn);
    }

    [Fact]
    public void Streams_of_one_seed_differ()
    {
        Xoshiro256 first = new(1, 1);
        Xoshiro256 second = new(1, 2);
        Assert.NotEqual(first.NextUInt64(), second.NextUInt64());
    }

    [Fact]
    public void Whole_numbers_stay_within_their_bounds() =>
        Gen.Select(Gen.ULong, Gen.Int[-1_000, 1_000], Gen.Int[0, 1_000]).Sample((seed, low, width) =>
        {
            Xoshiro256 random = new(seed, 1);
            Assert.InRange(random.NextInt(low, low + width), low, low + width);
        });

    [Fact]
    public void Draws_have_the_moments_of_their_distribution()
    {
        Xoshiro256 random = new(7, 1);
        const int N = 200_000;
        double exponential = 0, normal = 0, square = 0;
        for (int i = 0; i < N; i++)
        {
            exponential += random.NextExponential();
            double z = random.NextNormal();
            normal += z;
            square += z * z;
        }

        Assert.Equal(1, exponential / N, 0.02);
        Assert.Equal(0, normal / N, 0.02);
        Assert.Equal(1, square / N, 0.02);
    }

    [Fact]
    public void The_alias_table_draws_by_weight()
    {
        AliasTable table = new([1, 0, 3, 6]);
        Xoshiro256 random = new(7, 1);
        int[] counts = new int[4];
        for (int i = 0; i < 100_000; i++) counts[table.Draw(ref random)]++;
        Assert.Equal(0, counts[1]);
        Assert.Equal(0.1, counts[0] / 100_000.0, 0.01);
        Assert.Equal(0.3, counts[2] / 100_000.0, 0.01);
        Assert.Equal(0.6, counts[3] / 100_000.0, 0.01);
    }

    private static readonly ulong[] FrozenNumbers = [10780898060455581216, 12629692313192549930, 15147794937031167870];
}
