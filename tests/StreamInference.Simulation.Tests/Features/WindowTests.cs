using CsCheck;

namespace StreamInference.Simulation.Tests.Features;

public sealed class WindowTests
{
    private const long Day = 86_400_000;

    private static readonly Gen<(int Gap, int Entity, int Amount)[]> Events =
        Gen.Select(Gen.OneOf(Gen.Int[0, 50], Gen.Int[0, 2_000]), Gen.Int[0, 2], Gen.Int[0, 100_000]).Array[1, 60];

    [Fact]
    public void A_tiled_window_equals_a_recount_of_its_tiles() => Events.Sample(events =>
    {
        TiledWindow window = new(3, tiles: 5, TimeSpan.FromMilliseconds(100));
        List<(long At, int Entity, int Amount)> seen = [];
        long now = 1_000_000;
        foreach ((int gap, int entity, int amount) in events)
        {
            now += gap;
            var inside = seen.Where(e => e.Entity == entity && e.At / 100 > (now / 100) - 5).ToList();
            WindowTotal total = window.Read(entity, now);
            Assert.Equal(inside.Count, total.Count);
            Assert.Equal(inside.Sum(e => (long)e.Amount), total.Sum);
            window.Add(entity, now, amount);
            seen.Add((now, entity, amount));
        }
    });

    [Fact]
    public void The_delayed_rate_equals_a_recount_of_its_days() =>
        Gen.Select(Gen.OneOf(Gen.Int[0, 30], Gen.Int[0, 1_500]), Gen.Int[0, 2], Gen.Bool).Array[1, 80].Sample(events =>
        {
            DelayedRateWindow window = new(3);
            List<(long Day, int Entity, bool Fraud)> seen = [];
            long hour = 24 * 365;
            foreach ((int gap, int entity, bool fraud) in events)
            {
                hour += gap;
                long day = hour / 24;
                var inside = seen.Where(e => e.Entity == entity && e.Day <= day - 7 && e.Day > day - 35).ToList();
                var lately = inside.Where(e => e.Day > day - 14).ToList();
                (FraudCount all, FraudCount last) = window.Read(entity, day * Day);
                Assert.Equal(new FraudCount(inside.Count, inside.Count(e => e.Fraud)), all);
                Assert.Equal(new FraudCount(lately.Count, lately.Count(e => e.Fraud)), last);
                window.Add(entity, day * Day, fraud);
                seen.Add((day, entity, fraud));
            }
        });
}
