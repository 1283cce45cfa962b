using StreamInference.Commit;
using StreamInference.Configuration;
using StreamInference.Kafka.Sinks;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.Sources;
using StreamInference.TestKit.Kafka;

namespace StreamInference.Conformance;

/// <summary>The hot path makes no objects: whatever is allocated belongs to a poll or a commit, not to a record.</summary>
public sealed class AllocationOnEmbeddedBroker(EmbeddedKafkaFixture kafka)
{
    private const int Records = 20_000;
    private const int PerCommit = 2_000;

    private static readonly ModelIdentity Model = new("copy", 1);

    [Theory]
    [InlineData(ResultHeaders.None)]
    [InlineData(ResultHeaders.Standard)]
    public async Task A_record_costs_no_managed_byte_from_poll_to_commit(ResultHeaders headers)
    {
        using KafkaRig rig = await new KafkaRig(await kafka.RequireAsync()).SetUpAsync();
        rig.FeedMany(0, Records);
        using Member member = new(rig.Source());
        KafkaTransactionalSink sink = rig.Sink(member.Kafka, with: options => options with { Headers = headers });
        member.Start().PollUntil(() => member.Partitions.Any());
        member.Release();

        List<StreamRecord> records = new(PerCommit);
        List<RecordLease> leases = new(PerCommit);
        ResultBatch batch = new();
        // The first pass grows pools and lists, the second is measured.
        Copy(member.Source, sink, Records / 2, batch, records, leases, out _);
        long bytes = Copy(member.Source, sink, Records / 2, batch, records, leases, out int copied);
        Assert.InRange(copied, Records / 4, Records / 2);
        Assert.True(bytes < copied, $"{bytes} bytes for {copied} records, {(double)bytes / copied} each");
    }

    private static long Copy(
        IRecordSource source, KafkaTransactionalSink sink, int limit, ResultBatch batch, List<StreamRecord> records, List<RecordLease> leases, out int copied)
    {
        CommitRequest request = new();
        Deadline deadline = new(TimeSpan.FromSeconds(60));
        copied = 0;
        long bytes = 0;
        while (copied + PerCommit <= limit)
        {
            deadline.Check(() => "the records did not come");
            long before = GC.GetAllocatedBytesForCurrentThread();
            records.Clear();
            batch.Model = Model;
            while (records.Count < PerCommit)
                if (source.Poll(TimeSpan.FromMilliseconds(100), PerCommit - records.Count, records) is { } lease) leases.Add(lease);
            foreach (StreamRecord record in records)
            {
                batch.Write(record.Value);
                batch.Add(record);
            }

            request.Results.Clear();
            request.Offsets.Clear();
            request.Results.Add(new ResultRange(batch, 0, batch.Count));
            request.Offsets.Add(new PartitionOffset(records[0].Assignment, records[^1].Offset + 1));
            Assert.Equal(CommitOutcome.Committed, sink.Commit(request));
            batch.Clear();
            foreach (RecordLease lease in leases) lease.Release();
            leases.Clear();
            bytes += GC.GetAllocatedBytesForCurrentThread() - before;
            copied += PerCommit;
        }

        return bytes;
    }
}
