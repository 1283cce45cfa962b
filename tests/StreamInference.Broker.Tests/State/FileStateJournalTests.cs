using CsCheck;
using StreamInference.Broker.Protocol;
using StreamInference.Broker.State;

namespace StreamInference.Broker.Tests.State;

public sealed class FileStateJournalTests
{
    private static readonly Gen<OffsetsEntry> Entry = Gen.Select(Gen.String[0, 20], Gen.Long, Gen.Int[0, 9]).Select(static (group, offset, partition) => new OffsetsEntry
    {
        GroupId = group,
        Offsets = [new OffsetEntry { Topic = "topic", Partition = partition, Offset = offset }],
    });

    [Fact]
    public void What_was_written_is_read_in_order_up_to_where_the_file_is_torn() =>
        Gen.Select(Entry.Array[1, 20], Gen.Int[0, 100_000]).Sample((entries, cut) =>
        {
            using var folder = new TemporaryFolder();
            var path = Path.Combine(folder.Path, "journal");
            var ends = new List<long>();
            using (var journal = new FileStateJournal(path))
            {
                journal.Rewrite();
                foreach (var entry in entries)
                {
                    journal.Write(entry);
                    ends.Add(new FileInfo(path).Length);
                }
            }
            Assert.Equal(entries.Length, FileStateJournal.Read(path).Count);

            var bytes = File.ReadAllBytes(path);
            var length = cut % (bytes.Length + 1);
            File.WriteAllBytes(path, bytes[..length]);
            var read = FileStateJournal.Read(path).Cast<OffsetsEntry>().ToList();
            Assert.Equal(ends.Count(end => end <= length), read.Count);
            Assert.Equal(entries.Take(read.Count).Select(Bytes), read.Select(Bytes));
        });

    [Fact]
    public void A_rewrite_leaves_the_snapshot_and_what_follows()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "journal");
        using (var journal = new FileStateJournal(path) { Snapshot = static () => [new ProducerIdsEntry { Next = 7 }] })
        {
            journal.Rewrite();
            journal.Write(new TopicEntry { Name = "before" });
            journal.Rewrite();
            journal.Write(new TopicEntry { Name = "after" });
        }
        var read = FileStateJournal.Read(path);
        Assert.Equal(2, read.Count);
        Assert.Equal(7, Assert.IsType<ProducerIdsEntry>(read[0]).Next);
        Assert.Equal("after", Assert.IsType<TopicEntry>(read[1]).Name);
    }

    private static string Bytes(IMessage entry)
    {
        using var wire = Wire.Writer();
        entry.Transfer(wire, 0);
        return Convert.ToHexString(wire.ToArray());
    }
}
