using System.Buffers.Text;
using System.Diagnostics;
using Confluent.Kafka;
using HdrHistogram;

namespace StreamInference.LoadTest.Load;

/// <summary>What a <c>read_committed</c> reader saw.</summary>
internal sealed record ReadReport(long Unique, long Repeated, LongHistogram Latency)
{
    public string Verdict(long expected) => Repeated == 0 && Unique == expected ? "ok" : $"{expected - Unique} missing, {Repeated} repeated";
}

/// <summary>Reads results, checks that each sequence number is there once, and takes latencies from due time to arrival.</summary>
internal static class ResultReader
{
    public static ReadReport Read(string bootstrapServers, string topic, long expected, long skip, TimeSpan idleLimit, CancellationToken stop)
    {
        using IConsumer<Ignore, byte[]> consumer = new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = topic + "-reader",
            EnableAutoCommit = false,
            IsolationLevel = IsolationLevel.ReadCommitted,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        }).SetLogHandler((_, _) => { }).Build();
        consumer.Subscribe(topic);
        bool[] seen = new bool[expected];
        LongHistogram latency = new(TimeSpan.FromMinutes(10).Ticks / TimeSpan.TicksPerMicrosecond, 3);
        long unique = 0, repeated = 0;
        long last = Stopwatch.GetTimestamp();
        while (unique < expected && Stopwatch.GetElapsedTime(last) < idleLimit && !stop.IsCancellationRequested)
        {
            ConsumeResult<Ignore, byte[]>? read = consumer.Consume(TimeSpan.FromMilliseconds(100));
            if (read is null) continue;
            last = Stopwatch.GetTimestamp();
            long sequence = SequenceOf(read.Message.Value);
            if (sequence < 0 || sequence >= expected) continue;
            if (seen[sequence])
            {
                repeated++;
                continue;
            }

            seen[sequence] = true;
            unique++;
            if (sequence >= skip)
                latency.RecordValue(Math.Max(1, (DateTime.UtcNow - read.Message.Timestamp.UtcDateTime).Ticks / TimeSpan.TicksPerMicrosecond));
        }

        consumer.Close();
        return new ReadReport(unique, repeated, latency);
    }

    private static long SequenceOf(ReadOnlySpan<byte> value)
    {
        int at = value.IndexOf("\"seq\":"u8);
        return at >= 0 && Utf8Parser.TryParse(value[(at + 6)..], out long sequence, out _) ? sequence : -1;
    }
}
