using System.Diagnostics;
using System.Text;
using Confluent.Kafka;

namespace StreamInference.LoadTest.Frames;

/// <summary>Sends pictures as the frames of several cameras.</summary>
internal sealed class FrameSender(string bootstrapServers, string topic, byte[][] pictures) : IDisposable
{
    private const int Cameras = 8;

    private readonly IProducer<byte[], byte[]> _producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
    {
        BootstrapServers = bootstrapServers,
        LingerMs = 1,
        EnableDeliveryReports = false,
        Partitioner = Partitioner.Murmur2Random,
        QueueBufferingMaxKbytes = 1 << 20,
    }).SetLogHandler((_, _) => { }).Build();

    /// <summary>Sends frames as fast as it goes, and waits until the broker has them.</summary>
    public void SendAll(int frames)
    {
        for (int i = 0; i < frames; i++) Send(i, DateTime.UtcNow);
        Flush();
    }

    /// <summary>Sends frames at a rate. Each has the time at which it was due: a late sender is not forgiven.</summary>
    public void SendAt(double rate, int frames)
    {
        long started = Stopwatch.GetTimestamp();
        DateTime origin = DateTime.UtcNow;
        for (int i = 0; i < frames; i++)
        {
            TimeSpan due = TimeSpan.FromSeconds(i / rate);
            while (Stopwatch.GetElapsedTime(started) < due) Thread.Sleep(1);
            Send(i, origin + due);
        }

        Flush();
    }

    public void Dispose() => _producer.Dispose();

    private void Send(int number, DateTime at) => _producer.Produce(topic, new Message<byte[], byte[]>
    {
        Key = Encoding.ASCII.GetBytes($"camera-{number % Cameras}"),
        Value = pictures[number % pictures.Length],
        Timestamp = new Timestamp(at),
    });

    private void Flush() => _producer.Flush(TimeSpan.FromSeconds(120));
}
