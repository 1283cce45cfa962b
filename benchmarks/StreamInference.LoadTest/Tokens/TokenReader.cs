using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Confluent.Kafka;

namespace StreamInference.LoadTest.Tokens;

/// <summary>A <c>read_committed</c> reader of results and progress on a thread of its own: what came of each request, and when.</summary>
internal sealed class TokenReader : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private readonly string _bootstrapServers;
    private readonly TokenTopics _topics;

    // Written by the thread under the lock of the reader.
    private readonly Dictionary<int, SeenStream> _streams = [];

    public TokenReader(string bootstrapServers, TokenTopics topics)
    {
        (_bootstrapServers, _topics) = (bootstrapServers, topics);
        _thread = new Thread(Read) { IsBackground = true, Name = "reader" };
        _thread.Start();
    }

    public int Records { get; private set; }

    public int ProgressRecords { get; private set; }

    /// <summary>Waits until a condition over all streams holds.</summary>
    public void WaitUntil(Func<IReadOnlyDictionary<int, SeenStream>, bool> condition, TimeSpan limit)
    {
        long started = Stopwatch.GetTimestamp();
        lock (_streams)
        {
            while (!condition(_streams))
            {
                if (Stopwatch.GetElapsedTime(started) > limit) throw new TimeoutException($"Not within {limit.TotalSeconds} s; {_streams.Count} streams, {Records} records.");
                Monitor.Wait(_streams, 100);
            }
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _stop.Dispose();
    }

    private void Read()
    {
        using IConsumer<byte[]?, byte[]?> consumer = new ConsumerBuilder<byte[]?, byte[]?>(new ConsumerConfig
        {
            BootstrapServers = _bootstrapServers,
            GroupId = _topics.Name + "-reader",
            EnableAutoCommit = false,
            IsolationLevel = IsolationLevel.ReadCommitted,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        }).SetKeyDeserializer(Deserializers.ByteArray).SetValueDeserializer(Deserializers.ByteArray).SetLogHandler((_, _) => { }).Build();
        consumer.Assign([new TopicPartitionOffset(_topics.Output, 0, Offset.Beginning), new TopicPartitionOffset(_topics.Progress, 0, Offset.Beginning)]);
        while (!_stop.IsCancellationRequested)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(50)) is not { } read) continue;
            lock (_streams)
            {
                if (read.Topic == _topics.Progress) ProgressRecords++;
                else Take(read.Message.Value!);
                Monitor.PulseAll(_streams);
            }
        }

        consumer.Close();
    }

    private void Take(byte[] value)
    {
        long now = Stopwatch.GetTimestamp();
        using JsonDocument document = JsonDocument.Parse(value);
        JsonElement root = document.RootElement;
        int number = int.Parse(root.GetProperty("id").GetString()!, CultureInfo.InvariantCulture);
        if (!_streams.TryGetValue(number, out SeenStream? stream)) _streams[number] = stream = new SeenStream { FirstAt = now };
        if (root.GetProperty("index").GetInt32() != stream.Tokens.Count) throw new InvalidDataException($"Request {number} went on at a wrong token.");
        foreach (JsonElement token in root.GetProperty("token_ids").EnumerateArray()) stream.Tokens.Add(token.GetInt32());
        stream.LastAt = now;
        stream.IsFinished = root.GetProperty("finish_reason").ValueKind == JsonValueKind.String;
        Records++;
    }
}

/// <summary>A stream as its reader sees it; times are timestamps of <see cref="Stopwatch"/>.</summary>
internal sealed class SeenStream
{
    public List<int> Tokens { get; } = [];

    public required long FirstAt { get; init; }

    public long LastAt { get; set; }

    public bool IsFinished { get; set; }
}
