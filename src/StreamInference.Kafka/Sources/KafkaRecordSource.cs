using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamInference.Kafka.Native;
using StreamInference.Records;
using StreamInference.Sources;
using static StreamInference.Kafka.Native.LibRdKafka;

namespace StreamInference.Kafka.Sources;

/// <summary>
/// A member of a consumer group. Confluent.Kafka makes the client, runs the rebalance handlers and keeps the membership; records are taken in
/// batches from its queue as native pointers, so a record costs no managed byte.
/// </summary>
/// <remarks>
/// Every member but <see cref="Wake"/> is called by the worker loop. Records that were on their way when the source was paused are kept and come
/// first after the resume. Leases that are out when the source is disposed stay readable; the client is destroyed when the last one comes back.
/// </remarks>
public sealed partial class KafkaRecordSource : IRecordSource, IGroupMembership
{
    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromSeconds(5);

    // Owned by the worker loop.
    private readonly KafkaSourceOptions _options;
    private readonly ILogger _logger;
    private readonly IConsumer<Ignore, Ignore> _consumer;
    private readonly nint _client;
    private readonly PartitionTable _partitions = new();
    private readonly Queue<NativeRecordLease> _heldByPause = new();
    private readonly Stack<NativeRecordLease> _freeLeases = new();
    private readonly GroupCoverage? _coverage;
    private IPartitionListener? _listener;
    private SourceFailedException? _failure;
    private int _leasesOut;
    private bool _pauseRequested;
    private bool _clientPaused;
    private bool _assignedWhilePaused;
    private bool _closed;
    private bool _left;
    private bool _disposed;

    // Shared with the threads that wake the loop.
    private readonly Lock _queueGate = new();
    private nint _queue;
    private int _wakeRequested;

    /// <summary>Makes the client; joins nothing yet.</summary>
    /// <exception cref="ArgumentException">librdkafka refuses a property.</exception>
    public KafkaRecordSource(KafkaSourceOptions options, ILogger<KafkaRecordSource> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _logger = logger;
        ConsumerBuilder<Ignore, Ignore> builder = new(options.ConsumerProperties());
        bool startsAtCommitted = options.Progress is not null || options.State is not null || options.Bounds is not null;
        _consumer = (startsAtCommitted ? builder.SetPartitionsAssignedHandler(OnAssignedAtCommitted) : builder.SetPartitionsAssignedHandler(OnAssigned))
            .SetPartitionsRevokedHandler(OnRevoked)
            .SetPartitionsLostHandler(OnLost)
            .SetErrorHandler(OnError)
            .SetLogHandler(OnLog)
            .Build();
        _client = ClientHandle.Of(_consumer);
        _queue = rd_kafka_queue_get_consumer(_client);
        // Only a static member of the classic protocol comes back without a rebalance.
        if (options is { PartitionUnowned: not null, Slot: not null, UsesConsumerProtocol: false })
            _coverage = new GroupCoverage(options.Settings, options.GroupId, options.Topics, () => _consumer.MemberId, TimeProvider.System);
    }

    /// <inheritdoc/>
    public bool IsExhausted { get; private set; }

    /// <inheritdoc/>
    public long Lag => _closed ? -1 : _partitions.Lag(_client);

    /// <inheritdoc/>
    public void Start(IPartitionListener listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        if (_listener is not null) throw new InvalidOperationException("The source was already started.");
        _listener = listener;
        // With KIP-848 the broker waits for a topic that is not there, and the client says nothing.
        if (_options.UsesConsumerProtocol) CheckTopics();
        _consumer.Subscribe(_options.Topics);
    }

    /// <inheritdoc/>
    public RecordLease? Poll(TimeSpan wait, int maxRecords, List<StreamRecord> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRecords);
        ObjectDisposedException.ThrowIf(_disposed || _closed, this);
        if (_listener is null) throw new InvalidOperationException("The source was not started.");
        SetClientPaused(_pauseRequested);
        int before = into.Count;
        NativeRecordLease lease = Take(wait, maxRecords);
        if (_clientPaused && _assignedWhilePaused) PauseAll();
        HandOn(lease, into);
        if (_options.Bounds is not null) TendBounds();
        if (_coverage?.ShouldRejoin() == true) LeaveForCoverage();
        if (_failure is null && lease.Count > 0 && !_clientPaused) return lease;
        into.RemoveRange(before, into.Count - before);
        if (_failure is null && lease.Count > 0)
        {
            _heldByPause.Enqueue(lease);
            return null;
        }

        lease.Release();
        return _failure is null ? null : throw _failure;
    }

    /// <inheritdoc/>
    public void Pause() => _pauseRequested = true;

    /// <inheritdoc/>
    public void Resume() => _pauseRequested = false;

    /// <inheritdoc/>
    public void Wake()
    {
        Volatile.Write(ref _wakeRequested, 1);
        lock (_queueGate)
        {
            if (_queue != 0) rd_kafka_queue_yield(_queue);
        }
    }

    /// <inheritdoc/>
    public void Close()
    {
        if (_closed || _disposed) return;
        _closed = true;
        Leave();
        // Without a member (never joined, fatal error) librdkafka closes without a revoke.
        End(_partitions.All(), (listener, assignments) => listener.OnLost(assignments));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _closed = true;
        while (_heldByPause.TryDequeue(out NativeRecordLease? held)) held.Release();
        _disposed = true;
        // A client that is destroyed while the notice of a rebalance waits to be served waits for ever.
        if (!_left) Leave();
        _options.Progress?.Dispose();
        _options.State?.Dispose();
        if (_leasesOut == 0) DestroyClient();
    }

    nint IGroupMembership.ReadGroupMetadata() => _left || _disposed ? 0 : rd_kafka_consumer_group_metadata(_client);

    /// <summary>The native client, for tests that make it fail.</summary>
    internal nint Client => _client;

    /// <summary>Takes a lease back into the pool. Worker loop only.</summary>
    internal void Return(NativeRecordLease lease)
    {
        _freeLeases.Push(lease);
        if (--_leasesOut == 0 && _disposed) DestroyClient();
    }

    private void CheckTopics()
    {
        using IAdminClient admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
        foreach (string topic in _options.Topics)
        {
            try
            {
                Error error = admin.GetMetadata(topic, MetadataTimeout).Topics[0].Error;
                if (error.IsError) Note((int)error.Code, ConsumerErrors.OfMessage((int)error.Code, ownsTopic: false), $"{topic}: {error.Reason}");
            }
            catch (KafkaException exception)
            {
                LogTransientError((int)exception.Error.Code, exception.Error.Reason);
            }
        }
    }

    private NativeRecordLease Rent(int limit)
    {
        _leasesOut++;
        while (_freeLeases.TryPop(out NativeRecordLease? free))
        {
            if (free.TryReuse(limit)) return free;
            free.Free();
        }

        return new NativeRecordLease(this, limit);
    }

    private NativeRecordLease Take(TimeSpan wait, int maxRecords)
    {
        if (!_clientPaused && _heldByPause.TryDequeue(out NativeRecordLease? held)) return held;
        // One at a time while paused, so that what is held fits any later poll.
        NativeRecordLease lease = Rent(_clientPaused ? 1 : maxRecords);
        Fill(lease, wait);
        return lease;
    }

    private void Fill(NativeRecordLease lease, TimeSpan wait)
    {
        // A call for many waits for all of them; so first what is there, then one with the wait, then what came with it.
        if (lease.Fill(_queue, 0, lease.Limit) > 0 || wait <= TimeSpan.Zero) return;
        if (Interlocked.Exchange(ref _wakeRequested, 0) == 1) return;
        if (lease.Fill(_queue, (int)Math.Min(wait.TotalMilliseconds + 0.999, int.MaxValue), 1) > 0) lease.Fill(_queue, 0, lease.Limit - 1);
    }

    private unsafe void HandOn(NativeRecordLease lease, List<StreamRecord> into)
    {
        int kept = 0;
        int type;
        for (int i = 0; i < lease.Count; i++)
        {
            NativeMessage* message = lease[i];
            if (_clientPaused && message->Error is 0 or KafkaErrorCode.PartitionEnd)
            {
                // Kept as it is: it is handed on after the resume, and only then counts as delivered.
                if (kept != i) lease.Move(i, kept);
                kept++;
                continue;
            }

            // The handler may have run between two messages of this call: those of a partition that went away are dropped.
            PartitionTable.Stay? stay = message->Error == 0 ? _partitions.Of(message) : null;
            if (stay is null || !IsWanted(stay, message->Offset))
            {
                if (message->Error != 0) NoteError(message);
                rd_kafka_message_destroy(message);
                continue;
            }

            if (kept != i) lease.Move(i, kept);
            into.Add(new StreamRecord(lease, kept++, stay.Assignment, message->Offset, rd_kafka_message_timestamp(message, &type)));
            stay.Position = message->Offset + 1;
            if (stay.Position == stay.To) End(stay);
        }

        lease.Truncate(kept);
    }

    private unsafe void NoteError(NativeMessage* message)
    {
        if (message->Error == KafkaErrorCode.PartitionEnd && _partitions.Of(message) is { } stay) NoteEnd(stay, message->Offset);
        string topic = message->Topic == 0 ? "" : NativeText.Read(rd_kafka_topic_name(message->Topic));
        string text = NativeText.Read(rd_kafka_message_errstr(message));
        Note(message->Error, ConsumerErrors.OfMessage(message->Error, _partitions.Contains(topic)), topic.Length == 0 ? text : $"{topic}: {text}");
    }

    private unsafe void Note(int code, ConsumerErrorKind kind, string text)
    {
        const int size = 512;
        byte* reason = stackalloc byte[size];
        if (code == KafkaErrorCode.Fatal && rd_kafka_fatal_error(_client, reason, size) is var cause and not 0)
            (kind, text) = (ConsumerErrors.OfFatal(cause), $"{NativeText.Read(reason)} ({cause})");
        if (kind is ConsumerErrorKind.Recoverable or ConsumerErrorKind.Permanent)
            _failure ??= new SourceFailedException($"The consumer of group {_options.GroupId} failed: {text}", kind == ConsumerErrorKind.Recoverable);
        else if (kind == ConsumerErrorKind.Transient)
            if (LogThrottle.Shared.Pass("consumer", text) is { } line) LogTransientError(code, line);
    }

    private void SetClientPaused(bool paused)
    {
        if (_clientPaused == paused) return;
        _clientPaused = paused;
        if (paused) PauseAll();
        else ResumeAll(_partitions.Partitions());
    }

    private void PauseAll()
    {
        _assignedWhilePaused = false;
        IReadOnlyList<TopicPartition> partitions = _partitions.Partitions();
        if (partitions.Count == 0) return;
        Attempt(() => _consumer.Pause(partitions));
    }

    private void ResumeAll(IReadOnlyList<TopicPartition> partitions)
    {
        if (partitions.Count == 0) return;
        Attempt(() => _consumer.Resume(partitions));
    }

    private void LeaveForCoverage()
    {
        _options.PartitionUnowned!();
        _failure ??= new SourceFailedException($"The group {_options.GroupId} left a partition without an owner; this member joins again under another name.", isRecoverable: true);
    }

    private void Attempt(Action call)
    {
        try
        {
            call();
        }
        catch (KafkaException exception)
        {
            // A partition may have gone away between our table and the client's; the handler follows.
            LogPauseFailed(exception.Error.Reason);
        }
    }

    private void Leave()
    {
        // Confluent.Kafka's Close also destroys the client, which waits for ever while a lease is out.
        int error = rd_kafka_consumer_close(_client);
        if (error != 0) LogCloseFailed(NativeText.OfError(error));
        _left = true;
    }

    private void DestroyClient()
    {
        lock (_queueGate)
        {
            rd_kafka_queue_destroy(_queue);
            _queue = 0;
        }

        while (_freeLeases.TryPop(out NativeRecordLease? lease)) lease.Free();
        _consumer.Dispose();
    }
}
