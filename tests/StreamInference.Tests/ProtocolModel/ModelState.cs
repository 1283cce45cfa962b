using System.Runtime.InteropServices;

namespace StreamInference.Tests.ProtocolModel;

/// <summary>The bounds of a model: one partition with so many requests of so many tokens each.</summary>
internal sealed record ModelSize(int Requests, int Tokens, int Transactions, int Generations)
{
    public const int Workers = 2;
    private const int HeaderLength = 6;
    private const int TransactionLength = 5;
    private const int RecordLength = 3;
    private const int WorkerLength = 7;

    public int Length => WorkerAt(Workers);

    public static int TransactionAt(int transaction) => HeaderLength + (transaction * TransactionLength);

    // A transaction writes one progress record and a tombstone for each request that the committed offset passes.
    public int ProgressAt(int record) => TransactionAt(Transactions) + (record * RecordLength);

    public int OutputAt(int record) => ProgressAt(Transactions * (1 + Requests)) + (record * RecordLength);

    public int WorkerAt(int worker) => OutputAt(Transactions) + (worker * (WorkerLength + Requests));

    public int TokensAt(int worker) => WorkerAt(worker) + WorkerLength;
}

internal enum TransactionStatus : byte
{
    Open,
    Committed,
    Aborted,
}

/// <summary>A transaction. What it wrote becomes stable in each partition when that partition's marker is there, in any order.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct ModelTransaction
{
    public TransactionStatus Status;
    public byte PendingOffset;
    public byte HasProgressMarker;
    public byte HasOffsetMarker;
    public byte Worker;
}

[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct ProgressRecord
{
    public byte Transaction;
    public byte Request;
    public byte Tokens;
}

[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct OutputRecord
{
    public byte Transaction;
    public byte Request;
    public byte Index;
}

internal enum WorkerPhase : byte
{
    None,
    Assigned,
    LooksFurther,
    Reads,
    Runs,
}

[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct ModelWorker
{
    public WorkerPhase Phase;
    public byte Generation;
    public byte Offset;
    public byte End;
    public byte Transaction;
    public byte Step;
    public byte Request;
}

/// <summary>One state of group, log, coordinator and workers: a few bytes, compared by value.</summary>
internal sealed class ModelState : IEquatable<ModelState>
{
    public const byte None = byte.MaxValue;

    private readonly ModelSize _size;
    private readonly byte[] _bytes;

    public ModelState(ModelSize size)
    {
        _size = size;
        _bytes = new byte[size.Length];
        Owner = None;
        for (int worker = 0; worker < ModelSize.Workers; worker++) Worker(worker).Transaction = None;
    }

    private ModelState(ModelState other)
    {
        _size = other._size;
        _bytes = (byte[])other._bytes.Clone();
    }

    /// <summary>The group's generation.</summary>
    public ref byte Generation => ref _bytes[0];

    /// <summary>The member that has the partition.</summary>
    public ref byte Owner => ref _bytes[1];

    /// <summary>The group's committed offset.</summary>
    public ref byte Committed => ref _bytes[2];

    public ref byte Transactions => ref _bytes[3];

    public ref byte ProgressRecords => ref _bytes[4];

    public ref byte OutputRecords => ref _bytes[5];

    public ref ModelTransaction Transaction(int at) => ref MemoryMarshal.AsRef<ModelTransaction>(_bytes.AsSpan(ModelSize.TransactionAt(at)));

    public ref ProgressRecord Progress(int at) => ref MemoryMarshal.AsRef<ProgressRecord>(_bytes.AsSpan(_size.ProgressAt(at)));

    public ref OutputRecord Output(int at) => ref MemoryMarshal.AsRef<OutputRecord>(_bytes.AsSpan(_size.OutputAt(at)));

    public ref ModelWorker Worker(int at) => ref MemoryMarshal.AsRef<ModelWorker>(_bytes.AsSpan(_size.WorkerAt(at)));

    /// <summary>Tokens of each request that a worker takes for committed.</summary>
    public Span<byte> Tokens(int worker) => _bytes.AsSpan(_size.TokensAt(worker), _size.Requests);

    /// <summary>Where the last stable offset of the progress stands: before the first record without a marker.</summary>
    public int LastStableOffset
    {
        get
        {
            for (int i = 0; i < ProgressRecords; i++)
                if (Transaction(Progress(i).Transaction).HasProgressMarker == 0) return i;
            return ProgressRecords;
        }
    }

    public bool IsCommitted(int transaction) => Transaction(transaction).Status == TransactionStatus.Committed;

    public ModelState Copy() => new(this);

    /// <summary>A worker without a memory.</summary>
    public void Reset(int worker)
    {
        Worker(worker) = new ModelWorker { Transaction = None };
        Tokens(worker).Clear();
    }

    public bool Equals(ModelState? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    public override bool Equals(object? obj) => Equals(obj as ModelState);

    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }
}
