using System.Buffers;
using System.Text;
using System.Text.Json;
using StreamInference.TestKit;

namespace StreamInference.Simulation.Tests.Transactions;

public sealed class SimulatorTests
{
    private const int Many = 120_000;

    [Fact]
    public void The_first_thousand_records_of_seed_1_are_frozen() =>
        Assert.Equal(FrozenHash, RecordHash.Of(new SimulatorOptions { Seed = 1 }, 1_000));

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_gives_others()
    {
        SimulatorOptions small = new() { Customers = 100, Terminals = 50, WarmUpDays = 3 };
        Assert.Equal(RecordHash.Of(small, 2_000), RecordHash.Of(small, 2_000));
        Assert.NotEqual(RecordHash.Of(small, 2_000), RecordHash.Of(small with { Seed = 2 }, 2_000));
    }

    [Fact]
    public void The_label_changes_nothing_but_itself()
    {
        SimulatorOptions options = new() { Customers = 100, Terminals = 50, WarmUpDays = 0 };
        List<string> plain = Records(options, 500);
        List<string> labelled = Records(options with { IncludeLabel = true }, 500);
        Assert.All(plain, record => Assert.DoesNotContain("fraud\"", record, StringComparison.Ordinal));
        Assert.All(plain.Zip(labelled), pair => Assert.StartsWith(pair.First[..^1] + ",\"is_fraud\":", pair.Second, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Time_ascends_sequences_have_no_gap_ids_are_unique_and_the_base_rate_holds(ulong seed)
    {
        TransactionSimulator simulator = new(new SimulatorOptions { Seed = seed });
        HashSet<ulong> ids = [];
        int[] byScenario = new int[FraudScenarios.Names.Count];
        long before = new SimulatorOptions().Start.ToUnixTimeMilliseconds();
        for (long sequence = 0; sequence < Many; sequence++)
        {
            ref readonly SimulatedTransaction transaction = ref simulator.Next();
            Assert.Equal(sequence, transaction.Sequence);
            Assert.True(transaction.UnixMilliseconds >= before);
            Assert.True(ids.Add(transaction.TransactionId));
            before = transaction.UnixMilliseconds;
            byScenario[(int)transaction.Scenario]++;
        }

        Assert.InRange((Many - byScenario[0]) / (double)Many, 0.005, 0.01);
        Assert.All(byScenario, count => Assert.True(count > 50, string.Join(' ', byScenario)));
    }

    [Fact]
    public void Without_frauds_there_are_none()
    {
        TransactionSimulator simulator = new(new SimulatorOptions { Customers = 100, Terminals = 50, WarmUpDays = 0, FraudRate = 0 });
        for (int i = 0; i < 20_000; i++) Assert.False(simulator.Next().IsFraud);
    }

    [Fact]
    public void The_volume_is_the_one_that_was_asked_for()
    {
        TransactionSimulator simulator = new(new SimulatorOptions { Customers = 400, Terminals = 100, WarmUpDays = 0, TransactionsPerCardPerDay = 3 });
        long start = simulator.Next().UnixMilliseconds;
        for (int i = 0; i < 30_000; i++) simulator.Next();
        double days = (simulator.Next().UnixMilliseconds - start) / 86_400_000.0;
        Assert.Equal(3, 30_000 / days / 500, 0.25);
    }

    [Fact]
    public void A_smallest_and_an_odd_population_work()
    {
        SimulatorOptions options = new()
        {
            Customers = 10,
            Terminals = 10,
            WarmUpDays = 40,
            FraudRate = 0.1,
            TransactionsPerCardPerDay = 900,
            Start = new DateTimeOffset(1971, 1, 1, 0, 0, 0, TimeSpan.Zero),
        };
        Assert.All(Records(options, 2_000), record => JsonDocument.Parse(record).Dispose());
    }

    [Fact]
    public void A_record_costs_no_managed_memory()
    {
        TransactionSimulator simulator = new(new SimulatorOptions { Customers = 1_000, Terminals = 500, WarmUpDays = 10 });
        ArrayBufferWriter<byte> value = new(4_096);
        ArrayBufferWriter<byte> key = new(64);
        long allocated = AllocatedBytes.Least(() =>
        {
            for (int i = 0; i < 2_000; i++)
            {
                value.ResetWrittenCount();
                key.ResetWrittenCount();
                simulator.WriteNext(value, key);
            }
        });
        Assert.Equal(0, allocated);
    }

    [Theory]
    [InlineData(9, 10, 2.0, 0.01)]
    [InlineData(10, 9, 2.0, 0.01)]
    [InlineData(10, 10, 0.0, 0.01)]
    [InlineData(10, 10, double.NaN, 0.01)]
    [InlineData(10, 10, 2.0, 0.2)]
    [InlineData(10, 10, 2.0, double.NaN)]
    public void Options_out_of_range_are_refused(int customers, int terminals, double perDay, double rate) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TransactionSimulator(new SimulatorOptions
        {
            Customers = customers,
            Terminals = terminals,
            TransactionsPerCardPerDay = perDay,
            FraudRate = rate,
        }));

    private static List<string> Records(SimulatorOptions options, int count)
    {
        TransactionSimulator simulator = new(options);
        ArrayBufferWriter<byte> value = new();
        ArrayBufferWriter<byte> key = new();
        List<string> records = [];
        for (int i = 0; i < count; i++)
        {
            value.ResetWrittenCount();
            simulator.WriteNext(value, key);
            records.Add(Encoding.UTF8.GetString(value.WrittenSpan));
        }

        return records;
    }

    private const string FrozenHash = "5512313832d3956e1efef328fb2686c33464e54b1c0919348a3b5b219c03ad0b";
}
