using System.Buffers;
using System.Diagnostics;
using Confluent.Kafka;
using StreamInference.Simulation;

namespace StreamInference.LoadTest.Load;

/// <summary>Sends simulated transactions, as fast as it can or at a rate. At a rate each record's timestamp is the time at which it was due, so a late sender is not forgiven.</summary>
internal static class Feeder
{
    public static void Send(string bootstrapServers, string topic, long records, int rate, CancellationToken stop)
    {
        using IProducer<byte[], byte[]> producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = bootstrapServers,
            LingerMs = rate > 0 ? 1 : 20,
            BatchSize = 1_000_000,
            QueueBufferingMaxMessages = 500_000,
            EnableDeliveryReports = false,
            Partitioner = Partitioner.Murmur2Random,
        }).SetLogHandler((_, _) => { }).Build();
        TransactionSimulator simulator = new(new SimulatorOptions());
        ArrayBufferWriter<byte> value = new(), key = new();
        long started = Stopwatch.GetTimestamp();
        DateTimeOffset origin = DateTimeOffset.UtcNow;
        for (long i = 0; i < records && !stop.IsCancellationRequested; i++)
        {
            TimeSpan due = rate > 0 ? TimeSpan.FromSeconds(i / (double)rate) : TimeSpan.Zero;
            while (rate > 0 && Stopwatch.GetElapsedTime(started) < due) Thread.Sleep(1);
            value.ResetWrittenCount();
            key.ResetWrittenCount();
            simulator.WriteNext(value, key);
            DateTime at = (rate > 0 ? origin + due : DateTimeOffset.UtcNow).UtcDateTime;
            Message<byte[], byte[]> message = new() { Key = key.WrittenSpan.ToArray(), Value = value.WrittenSpan.ToArray(), Timestamp = new Timestamp(at) };
            while (!TryProduce(producer, topic, message)) producer.Poll(TimeSpan.FromMilliseconds(10));
        }

        producer.Flush(TimeSpan.FromSeconds(120));
    }

    private static bool TryProduce(IProducer<byte[], byte[]> producer, string topic, Message<byte[], byte[]> message)
    {
        try
        {
            producer.Produce(topic, message);
            return true;
        }
        catch (ProduceException<byte[], byte[]> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }
}
