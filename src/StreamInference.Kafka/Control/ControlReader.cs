using Microsoft.Extensions.Logging;
using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;
using StreamInference.Runners;
using StreamInference.Sources;

namespace StreamInference.Kafka.Control;

/// <summary>
/// Reads a control topic, all partitions, outside the group: every worker hears every cancellation, as nobody can say who has the request. It begins
/// an hour back, so that a cancellation outlives the worker that heard it. On a thread of its own after <see cref="Start"/>.
/// </summary>
internal sealed partial class ControlReader : IDisposable
{
    /// <summary>How far back a worker begins: longer than a restart takes and a request waits.</summary>
    public static readonly TimeSpan Lookback = TimeSpan.FromHours(1);

    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly KafkaSettings _settings;
    private readonly string _topic;
    private readonly Action<RequestCancellation> _cancel;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop;
    private readonly Thread _thread;

    // Owned by the starting thread until Start, then by the reader's.
    private TopicReader? _reader;

    public ControlReader(KafkaSettings settings, string topic, Action<RequestCancellation> cancel, TimeProvider time, ILogger logger, CancellationToken stop)
    {
        _settings = settings;
        _topic = topic;
        _cancel = cancel;
        _time = time;
        _logger = logger;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _thread = new Thread(Run) { IsBackground = true, Name = $"control/{topic}" };
    }

    /// <summary>Reads what is there, then goes on in the background.</summary>
    /// <exception cref="SourceFailedException">The topic cannot be read in time; recoverable.</exception>
    public void Start(TimeSpan limit)
    {
        long started = _time.GetTimestamp();
        try
        {
            _reader = Open();
            while (!_reader.IsAtEnd && !_stop.IsCancellationRequested)
            {
                if (_time.GetElapsedTime(started) > limit) throw new SourceFailedException($"The control topic {_topic} could not be read to its end: {_reader.LastError ?? "no answer in time"}.", isRecoverable: true);
                ReadOne(_reader);
            }
        }
        catch (KafkaUnavailableException unavailable)
        {
            throw new SourceFailedException($"The control topic {_topic} cannot be read: {unavailable.Message}", isRecoverable: true, unavailable);
        }

        _thread.Start();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        if (_thread.IsAlive) _thread.Join();
        _reader?.Dispose();
        _stop.Dispose();
    }

    // Opened again after a failure it begins an hour back once more: hearing a cancellation twice changes nothing, missing one would.
    private TopicReader Open() => new(_settings, new TopicReaderOptions { Topics = [_topic], From = new ReadFrom.Since(_time.GetUtcNow() - Lookback) });

    private void Run()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _reader ??= Open();
                ReadOne(_reader);
            }
            catch (KafkaUnavailableException unavailable)
            {
                LogUnavailable(_topic, unavailable.Message);
                _reader?.Dispose();
                _reader = null;
                _stop.Token.WaitHandle.WaitOne(RetryAfter);
            }
        }
    }

    private void ReadOne(TopicReader reader)
    {
        if (!reader.TryRead(Wait, out TopicRecord? record)) return;
        if (CancellationRecord.Read(record) is { } cancellation) _cancel(cancellation);
        else LogNotUnderstood(_topic, record.Partition, record.Offset);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Control topic {Topic} cannot be read, trying again: {Reason}")]
    private partial void LogUnavailable(string topic, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Control topic {Topic}: the record at {Partition}/{Offset} is no cancellation and was passed over")]
    private partial void LogNotUnderstood(string topic, int partition, long offset);
}
