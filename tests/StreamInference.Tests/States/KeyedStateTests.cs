using System.Text;
using CsCheck;
using StreamInference.Records;
using StreamInference.States;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Tests.States;

public sealed class KeyedStateTests
{
    private static readonly KeyedStateOptions Options = new() { Initial = new byte[] { 7 }, MaxKeys = 3, TimeToLive = TimeSpan.FromSeconds(10) };

    private readonly PartitionAssignment _partition = new("input", 0);
    private readonly List<byte[]> _forgotten = [];

    [Fact]
    public void A_key_begins_with_the_initial_state_and_keeps_what_it_is_given()
    {
        KeyedState states = new();
        StateCell cell = states.Touch(Record("a", 0), Options, _forgotten);
        Assert.Equal([7], cell.Value);
        cell.Value[0] = 9;

        Assert.Same(cell, states.Touch(Record("a", 1), Options, _forgotten));
        Assert.Equal((1, 1, 1), (states.Count, cell.Offset, cell.Timestamp));
        Assert.Null(states.Find("b"u8));
    }

    [Fact]
    public void The_key_that_was_longest_without_a_record_is_forgotten_first()
    {
        KeyedState states = new();
        foreach ((string key, int offset) in new[] { ("a", 0), ("b", 1), ("c", 2), ("a", 3), ("d", 4) }) states.Touch(Record(key, offset), Options, _forgotten);

        Assert.Equal(["b"], _forgotten.Select(Encoding.UTF8.GetString));
        Assert.Equal(3, states.Count);
    }

    [Fact]
    public void A_key_without_records_for_longer_than_its_life_is_forgotten_by_the_time_of_the_records()
    {
        KeyedState states = new();
        states.Touch(Record("a", 0, 1_000), Options, _forgotten).Value[0] = 1;
        states.Touch(Record("b", 1, 2_000), Options, _forgotten);
        states.Touch(Record("b", 2, 11_000), Options, _forgotten);
        Assert.Empty(_forgotten);
        states.Touch(Record("b", 3, 11_001), Options, _forgotten);
        Assert.Equal(["a"], _forgotten.Select(Encoding.UTF8.GetString));

        // One that comes back too late itself begins anew, without a tombstone: its next state takes the place.
        Assert.Equal([7], states.Touch(Record("b", 4, 30_000), Options, _forgotten).Value);
        Assert.Single(_forgotten);
    }

    [Fact]
    public void States_of_another_size_begin_anew()
    {
        KeyedState states = new([StateRecord.Read("a"u8.ToArray(), [1, .. new byte[16], 1, 2])!]);
        Assert.Equal(1, states.Count);
        Assert.Equal([7], states.Touch(Record("a", 5), Options, _forgotten).Value);
    }

    [Fact]
    public void States_of_records_behind_the_committed_offset_are_not_the_past()
    {
        StateFold fold = new();
        KeyedState states = new();
        foreach ((string key, int offset) in new[] { ("a", 0), ("b", 5), ("c", 9) }) Add(fold, states.Touch(Record(key, offset), Options, _forgotten));
        fold.Add("a"u8.ToArray(), null);
        fold.Add(null, [1]);

        Assert.Equal(1, fold.Below(9, out int later).Count);
        Assert.Equal(1, later);
        Assert.Equal(0, fold.Below(-1, out later).Count);
        Assert.Equal(2, later);
    }

    [Fact]
    public void Another_owner_goes_on_from_any_record_as_the_first_one_would_have() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 4_000]).Array[1, 60].Sample(records =>
        {
            List<string> undisturbed = Run(records, restartAt: -1);
            for (int restart = 1; restart < records.Length; restart += 1 + records.Length / 7) Assert.Equal(undisturbed, Run(records, restart));
        });

    // Counts the records of each key; the log is what a state topic would hold.
    private List<string> Run((int Key, int Wait)[] records, int restartAt)
    {
        KeyedState states = new();
        StateFold fold = new();
        List<string> results = [];
        long time = 0;
        for (int i = 0; i < records.Length; i++)
        {
            if (i == restartAt) states = fold.Below(i, out _);
            time += records[i].Wait;
            List<byte[]> forgotten = [];
            StateCell cell = states.Touch(Record($"{records[i].Key}", i, time), Options, forgotten);
            cell.Value[0]++;
            foreach (byte[] key in forgotten) fold.Add(key, null);
            Add(fold, cell);
            results.Add($"{records[i].Key}:{cell.Value[0]}-{string.Join(',', forgotten.Select(Encoding.UTF8.GetString))}");
        }

        return results;
    }

    private static void Add(StateFold fold, StateCell cell)
    {
        byte[] header = new byte[StateRecord.HeaderLength];
        StateRecord.WriteHeader(header, cell.Offset, cell.Timestamp);
        fold.Add(cell.Key, [.. header, .. cell.Value]);
    }

    private StreamRecord Record(string key, long offset, long? timestamp = null)
    {
        MemoryRecordLease lease = new();
        return new StreamRecord(lease, lease.Add(MemoryRecord.Of(key, "")), _partition, offset, timestamp ?? offset);
    }
}
