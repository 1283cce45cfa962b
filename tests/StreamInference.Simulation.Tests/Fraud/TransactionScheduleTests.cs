using CsCheck;

namespace StreamInference.Simulation.Tests.Fraud;

public sealed class TransactionScheduleTests
{
    [Fact]
    public void Transactions_come_out_by_time_and_equal_times_in_order_of_planning() =>
        Gen.Int[0, 20].Array[0, 200].Sample(times =>
        {
            TransactionSchedule schedule = new();
            for (int i = 0; i < times.Length; i++) schedule.Add(new PlannedTransaction(times[i], i, 0, 0, FraudScenario.None));
            List<int> taken = [];
            while (schedule.Count > 0)
            {
                Assert.Equal(times[0..].Where((_, i) => !taken.Contains(i)).Min(), schedule.NextAt);
                taken.Add(schedule.Take().Card);
            }

            Assert.Equal(Enumerable.Range(0, times.Length).OrderBy(i => times[i]), taken);
            Assert.Equal(long.MaxValue, schedule.NextAt);
        });
}
