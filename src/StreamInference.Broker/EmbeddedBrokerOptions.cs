using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace StreamInference.Broker;

/// <summary>Settings of an <see cref="EmbeddedBroker"/>. The defaults suit development and tests.</summary>
public sealed record EmbeddedBrokerOptions
{
    /// <summary>The address to listen on, a host name or an IP address. Default 127.0.0.1.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The host that clients are told to connect to; <see cref="Host"/> unless set (for listening on 0.0.0.0).</summary>
    public string? AdvertisedHost { get; init; }

    /// <summary>The port to listen on; 0 (the default) takes any free one.</summary>
    public int Port { get; init; }

    /// <summary>
    /// The folder for logs and state, which then survive a restart, a killed process included; null (the default) keeps
    /// everything in memory. One broker at a time may use a folder.
    /// </summary>
    public string? LogDirectory { get; init; }

    /// <summary>Whether an unknown topic is created when a client that allows it asks for it. Default false.</summary>
    public bool AutoCreateTopics { get; init; }

    /// <summary>Partitions of topics that are created without a number. Default 1.</summary>
    public int DefaultPartitions { get; init; } = 1;

    /// <summary>
    /// <c>retention.bytes</c> of topics that do not set it, per partition; -1 means no limit. Unset: 1 GiB in memory, -1 in files.
    /// </summary>
    public long? DefaultRetentionBytes { get; init; }

    /// <summary><c>retention.ms</c> of topics that do not set it. Default 7 days.</summary>
    public TimeSpan DefaultRetention { get; init; } = TimeSpan.FromDays(7);

    /// <summary><c>max.message.bytes</c> of topics that do not set it. Default 1,048,588, as in Kafka.</summary>
    public int DefaultMaxMessageBytes { get; init; } = 1_048_588;

    /// <summary>How often retention and compaction are looked after. Default 5 s.</summary>
    public TimeSpan CleanupInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Session timeouts that members may ask for. Kafka's minimum is 6 s; tests want less. Default 100 ms.</summary>
    public TimeSpan GroupMinSessionTimeout { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest session timeout that members may ask for. Default 30 min, as in Kafka.</summary>
    public TimeSpan GroupMaxSessionTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long an empty group waits for more members. Default 0 (Kafka: 3 s).</summary>
    public TimeSpan GroupInitialRebalanceDelay { get; init; } = TimeSpan.Zero;

    /// <summary>Longest transaction timeout that producers may ask for. Default 15 min, as in Kafka.</summary>
    public TimeSpan MaxTransactionTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Largest request in bytes. Default 100 MiB, as in Kafka.</summary>
    public int MaxRequestBytes { get; init; } = 104_857_600;

    /// <summary>The clock of timers, retention and timestamps.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where the broker logs; silent by default.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
