using System.Text;
using StreamInference.Commit;
using StreamInference.Kafka.Sources;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.Sources;

namespace StreamInference.Conformance;

/// <summary>A worker in slow motion: it notes what its source tells it and keeps what it got until the test says what becomes of it.</summary>
public sealed class Member(KafkaRecordSource source) : IPartitionListener, IDisposable
{
    private readonly List<StreamRecord> _polled = [];
    private readonly List<RecordLease> _leases = [];

    public IRecordSource Source => source;

    public KafkaRecordSource Kafka => source;

    public List<PartitionAssignment> Assigned { get; } = [];

    public List<PartitionAssignment> Revoked { get; } = [];

    public List<PartitionAssignment> Lost { get; } = [];

    /// <summary>Partitions that ended, and the offset to commit behind them.</summary>
    public Dictionary<int, long> Ended { get; } = [];

    /// <summary>Everything polled, in the order in which it came.</summary>
    public List<StreamRecord> Records { get; } = [];

    /// <summary>Records that came for an inactive assignment; must stay empty.</summary>
    public List<string> Stale { get; } = [];

    /// <summary>Runs inside the handlers, as a worker's last commit does.</summary>
    public Action<IReadOnlyList<PartitionAssignment>>? WhenAssigned { get; set; }

    public Action<IReadOnlyList<PartitionAssignment>>? WhenRevoked { get; set; }

    public IEnumerable<int> Partitions => Assigned.Where(assignment => assignment.IsActive).Select(assignment => assignment.Partition);

    public IEnumerable<string> Values => Records.Select(record => Encoding.UTF8.GetString(record.Value));

    public Member Start()
    {
        source.Start(this);
        return this;
    }

    public void Poll(TimeSpan wait, int maxRecords = 1000)
    {
        RecordLease? lease = source.Poll(wait, maxRecords, _polled);
        if (lease is null)
        {
            Assert.Empty(_polled);
            return;
        }

        Assert.InRange(_polled.Count, 1, maxRecords);
        foreach (StreamRecord record in _polled)
        {
            if (!record.Assignment.IsActive) Stale.Add(record.Id.ToString());
            Records.Add(record);
        }

        _polled.Clear();
        _leases.Add(lease);
    }

    /// <summary>Polls until the condition holds; the other members poll too, as living ones do.</summary>
    public void PollUntil(Func<bool> condition, params Member[] others)
    {
        Deadline deadline = new(TimeSpan.FromSeconds(40));
        while (!condition())
        {
            deadline.Check(() => $"records {Records.Count}, partitions [{string.Join(",", Partitions)}], others [{string.Join("; ", others.Select(other => string.Join(",", other.Partitions)))}]");
            Poll(TimeSpan.FromMilliseconds(20));
            foreach (Member other in others) other.Poll(TimeSpan.FromMilliseconds(20));
        }
    }

    /// <summary>A request that echoes records as results and moves the offsets behind them.</summary>
    public static CommitRequest Echo(IEnumerable<StreamRecord> records, string suffix = "")
    {
        CommitRequest request = new();
        ResultBatch batch = new() { Model = new ModelIdentity("echo", 7) };
        Dictionary<PartitionAssignment, long> next = [];
        foreach (StreamRecord record in records)
        {
            batch.Write(record.Value);
            batch.Write(Encoding.UTF8.GetBytes(suffix));
            batch.Add(record);
            next[record.Assignment] = record.Offset + 1;
        }

        return Finish(request, batch, next);
    }

    /// <summary>Puts a filled batch and its offsets into a request.</summary>
    public static CommitRequest Finish(CommitRequest request, ResultBatch batch, Dictionary<PartitionAssignment, long> next)
    {
        if (batch.Count > 0) request.Results.Add(new ResultRange(batch, 0, batch.Count));
        foreach ((PartitionAssignment assignment, long offset) in next) request.Offsets.Add(new PartitionOffset(assignment, offset));
        return request;
    }

    /// <summary>Gives all memory back; the records are not read afterwards.</summary>
    public void Release()
    {
        foreach (RecordLease lease in _leases) lease.Release();
        _leases.Clear();
        Records.Clear();
    }

    public void OnAssigned(IReadOnlyList<PartitionAssignment> assignments)
    {
        Assigned.AddRange(assignments);
        WhenAssigned?.Invoke(assignments);
    }

    public void OnRevoked(IReadOnlyList<PartitionAssignment> assignments)
    {
        Revoked.AddRange(assignments);
        WhenRevoked?.Invoke(assignments);
    }

    public void OnLost(IReadOnlyList<PartitionAssignment> assignments) => Lost.AddRange(assignments);

    public void OnEnded(PartitionAssignment assignment, long nextOffset) => Ended.Add(assignment.Partition, nextOffset);

    public void Dispose()
    {
        Release();
        source.Close();
        source.Dispose();
    }
}

internal static class BufferWriting
{
    public static void Write(this ResultBatch batch, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(batch.GetSpan(bytes.Length));
        batch.Advance(bytes.Length);
    }
}
