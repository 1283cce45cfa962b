using System.Globalization;
using Microsoft.Extensions.Logging;
using StreamInference.Commit;
using StreamInference.Kafka.Native;
using StreamInference.Kafka.Sources;

namespace StreamInference.Kafka.Sinks;

/// <summary>
/// Results and offsets in one Kafka transaction (KIP-98, KIP-447): begin → produce → flush → send offsets → commit inside one call. A retriable
/// error leaves the transaction in its phase, and the next call repeats that phase's pending call alone.
/// </summary>
/// <remarks>
/// Worker loop only. The first call on the cluster is <see cref="Connect"/>: it settles what a former worker of the same slot left open, which the
/// committed offsets wait for. After <see cref="CommitOutcome.Fenced"/> or <see cref="CommitOutcome.Fatal"/> the sink is over.
/// </remarks>
public sealed partial class KafkaTransactionalSink : ITransactionalSink
{
    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromSeconds(5);

    private readonly KafkaSinkOptions _options;
    private readonly IGroupMembership _membership;
    private readonly Func<ITransactionalProducer> _createProducer;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CommitWatchdog _watchdog;
    private readonly ProducedRecords _records;
    private readonly int _callTimeoutMs;

    // The transaction, owned by the worker loop.
    private ITransactionalProducer _producer;
    private TransactionPhase _phase;
    private CommitRequest? _undecided;
    private CommitOutcome? _over;
    private long _startedAt;
    private int _abortCause;
    private bool _replaceProducer;

    /// <summary>Makes a sink whose offsets belong to the group of <paramref name="source"/>.</summary>
    /// <exception cref="ArgumentException">librdkafka refuses a property.</exception>
    public KafkaTransactionalSink(KafkaSinkOptions options, KafkaRecordSource source, ILogger<KafkaTransactionalSink> logger, TimeProvider? time = null)
        : this(options, source, () => new TransactionalProducer(options.ProducerProperties(), logger), logger, time ?? TimeProvider.System, expired: null)
    {
    }

    internal KafkaTransactionalSink(
        KafkaSinkOptions options,
        IGroupMembership membership,
        Func<ITransactionalProducer> createProducer,
        ILogger logger,
        TimeProvider time,
        Action<string>? expired)
    {
        _options = options;
        _membership = membership;
        _createProducer = createProducer;
        _logger = logger;
        _time = time;
        _records = new ProducedRecords(options);
        _callTimeoutMs = (int)options.CallTimeout.TotalMilliseconds;
        _watchdog = new CommitWatchdog(options.WatchdogLimit, () => OnExpired(expired ?? Environment.FailFast), time);
        _producer = createProducer();
    }

    /// <inheritdoc/>
    public string? LastError { get; private set; }

    /// <summary>
    /// Initializes transactions, for at most <paramref name="limit"/>; call it before the source starts. What it cannot settle in that time the
    /// first commit goes on with.
    /// </summary>
    public void Connect(TimeSpan limit)
    {
        long started = _time.GetTimestamp();
        if (!_producer.Know(_options.ResultTopic, (int)Math.Min(limit.TotalMilliseconds, MetadataTimeout.TotalMilliseconds))) LogUnreachable(_options.TransactionalId);
        while (_phase == TransactionPhase.New && _over is null && _time.GetElapsedTime(started) < limit)
            if (_producer.InitTransactions(_callTimeoutMs) is { } failure) _over = OnFailure(failure) is { } outcome and not CommitOutcome.Retry ? outcome : null;
            else _phase = TransactionRules.After(_phase);
    }

    /// <inheritdoc/>
    public CommitOutcome Commit(CommitRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (_undecided is not null && !ReferenceEquals(_undecided, request)) throw new InvalidOperationException("Another commit is undecided: repeat that one.");
        if (_over is { } over) return over;
        if (request.Results.Count == 0 && request.Offsets.Count == 0) return CommitOutcome.Committed;
        if (_undecided is null) Open(request);
        _watchdog.Arm();
        try
        {
            return Settle(request, Run(request));
        }
        finally
        {
            _watchdog.Disarm();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watchdog.Dispose();
        _producer.Dispose();
        _records.Dispose();
    }

    private void Open(CommitRequest request)
    {
        CommitContract.Check(request);
        _startedAt = _time.GetTimestamp();
        _records.Open(request);
        LastError = null;
    }

    private CommitOutcome Settle(CommitRequest request, CommitOutcome outcome)
    {
        if (outcome == CommitOutcome.Retry && _time.GetElapsedTime(_startedAt) >= _options.RetryDeadline)
        {
            LastError = $"Undecided after {_options.RetryDeadline.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s in phase {_phase}; {LastError}";
            outcome = CommitOutcome.Fenced;
        }

        _undecided = outcome == CommitOutcome.Retry ? request : null;
        if (outcome == CommitOutcome.Committed) LastError = null;
        if (outcome is CommitOutcome.Fenced or CommitOutcome.Fatal) _over = outcome;
        if (outcome != CommitOutcome.Retry) _records.Close();
        return outcome;
    }

    private CommitOutcome Run(CommitRequest request)
    {
        while (true)
        {
            if (_phase == TransactionPhase.Idle && _replaceProducer) ReplaceProducer();
            if (FindInactive(request) is { } gone && LeaveInactive(gone) is { } left) return left;
            TransactionPhase phase = _phase;
            if (Call(request) is { } failure)
            {
                if (OnFailure(failure) is { } outcome) return outcome;
                continue;
            }

            _phase = TransactionRules.After(_phase);
            if (phase is TransactionPhase.OffsetsSent or TransactionPhase.Committing) return CommitOutcome.Committed;
            if (phase == TransactionPhase.Aborting && AfterAbort() is { } aborted) return aborted;
        }
    }

    /// <summary>Makes the pending call of the phase; null when it succeeded.</summary>
    private KafkaFailure? Call(CommitRequest request)
    {
        switch (_phase)
        {
            case TransactionPhase.New:
                return _producer.InitTransactions(_callTimeoutMs);
            case TransactionPhase.Idle:
                _records.Rewind();
                return _producer.Begin();
            case TransactionPhase.Producing:
                return _records.Produce(_producer, _callTimeoutMs);
            case TransactionPhase.Flushed:
                return GroupOffsets.Send(_producer, _membership, request, _options.Rules, _callTimeoutMs);
            case TransactionPhase.OffsetsSent or TransactionPhase.Committing:
                // From here on only a definite answer, or a new producer, tells what became of it.
                _phase = TransactionPhase.Committing;
                return _producer.Commit(_callTimeoutMs);
            default:
                return _records.Abort(_producer, _callTimeoutMs);
        }
    }

    /// <summary>What the failure of the pending call leads to; null: go on with the next phase.</summary>
    private CommitOutcome? OnFailure(in KafkaFailure failure)
    {
        LastError = $"{_phase}: {failure}";
        switch (TransactionRules.Decide(_phase, failure))
        {
            case TransactionStep.Repeat:
                // A late answer to the lost request could meet the next transaction of the same epoch (KIP-890); a new producer has a new epoch.
                _replaceProducer |= _phase is TransactionPhase.Committing or TransactionPhase.Aborting;
                if (_options.Rules.UndecidedCommit || _phase != TransactionPhase.Committing) return CommitOutcome.Retry;
                _phase = TransactionPhase.Idle;
                return CommitOutcome.Aborted;
            case TransactionStep.Abort:
                BeginAbort(failure.Code);
                return null;
            case TransactionStep.Replace:
                return CommitOutcome.Fenced;
            default:
                return CommitOutcome.Fatal;
        }
    }

    private void BeginAbort(int cause)
    {
        _abortCause = cause;
        _phase = TransactionPhase.Aborting;
    }

    /// <summary>What follows an abort; null: the transaction is repeated at once, without the records that were refused.</summary>
    private CommitOutcome? AfterAbort()
    {
        if (_records.IsHopeless || TransactionRules.WouldAbortAgain(_abortCause)) return CommitOutcome.Fatal;
        if (!_records.BeginRepeat()) return CommitOutcome.Aborted;
        // librdkafka reports the gap in the sequence numbers once more, to the next transaction of the same producer.
        _replaceProducer = true;
        LogRepeatsWithoutOversized(_options.TransactionalId);
        return null;
    }

    private CommitOutcome? LeaveInactive(string gone)
    {
        // A commit that was sent is brought to its end: its offsets were fenced when they were sent.
        if (_phase is TransactionPhase.OffsetsSent or TransactionPhase.Committing or TransactionPhase.Aborting) return null;
        LastError = $"{_phase}: partition {gone} is not assigned any more";
        if (_phase is TransactionPhase.New or TransactionPhase.Idle) return CommitOutcome.Aborted;
        BeginAbort(KafkaErrorCode.UnknownMember);
        return null;
    }

    private static string? FindInactive(CommitRequest request)
    {
        foreach (PartitionOffset offset in request.Offsets)
            if (!offset.Assignment.IsActive) return offset.Assignment.ToString();
        return null;
    }

    private void ReplaceProducer()
    {
        LogReplacing(_options.TransactionalId);
        _replaceProducer = false;
        _producer.Dispose();
        _producer = _createProducer();
        _phase = TransactionPhase.New;
    }

    private void OnExpired(Action<string> expired)
    {
        LogExpired(_options.TransactionalId, _options.WatchdogLimit.TotalSeconds);
        expired($"A commit of {_options.TransactionalId} did not come back within {_options.WatchdogLimit.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s.");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{TransactionalId}: no metadata yet; the cluster may be unreachable")]
    private partial void LogUnreachable(string transactionalId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{TransactionalId}: records are too large for the broker; the transaction is repeated without them")]
    private partial void LogRepeatsWithoutOversized(string transactionalId);

    [LoggerMessage(Level = LogLevel.Information, Message = "{TransactionalId}: a commit was in doubt; continuing with a new producer")]
    private partial void LogReplacing(string transactionalId);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{TransactionalId}: a commit did not come back within {Seconds} s; the process ends")]
    private partial void LogExpired(string transactionalId, double seconds);
}
