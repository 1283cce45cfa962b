using StreamInference.Kafka.Native;

namespace StreamInference.Kafka.Sources;

/// <summary>What an error of the consumer means for the worker.</summary>
internal enum ConsumerErrorKind
{
    /// <summary>Normal operation.</summary>
    None,

    /// <summary>librdkafka goes on by itself.</summary>
    Transient,

    /// <summary>This consumer cannot go on; a new one may.</summary>
    Recoverable,

    /// <summary>A new consumer would meet it again.</summary>
    Permanent,
}

/// <summary>Classifies the consumer's errors by their consequence.</summary>
internal static class ConsumerErrors
{
    /// <summary>Classifies an error that came in the place of a message.</summary>
    /// <param name="code">librdkafka's code.</param>
    /// <param name="ownsTopic">Whether this consumer has partitions of the topic that the error names.</param>
    public static ConsumerErrorKind OfMessage(int code, bool ownsTopic) => code switch
    {
        0 or KafkaErrorCode.PartitionEnd => ConsumerErrorKind.None,
        // A topic that was there and is not any more may come back; one that never was is a mistake in the configuration.
        KafkaErrorCode.UnknownTopicOrPartition => ownsTopic ? ConsumerErrorKind.Transient : ConsumerErrorKind.Permanent,
        KafkaErrorCode.TopicAuthorizationFailed or KafkaErrorCode.GroupAuthorizationFailed or KafkaErrorCode.ClusterAuthorizationFailed
            // The offset to read at is gone, and the user said that the consumer must not choose another.
            or KafkaErrorCode.NoStartingOffset or KafkaErrorCode.UnsupportedVersion or KafkaErrorCode.UnsupportedFeature or KafkaErrorCode.UnsupportedAssignor => ConsumerErrorKind.Permanent,
        KafkaErrorCode.Fatal or KafkaErrorCode.FencedInstance or KafkaErrorCode.UnreleasedInstance => ConsumerErrorKind.Recoverable,
        // The partitions are reported as lost and the client joins again.
        KafkaErrorCode.MaxPollExceeded => ConsumerErrorKind.Transient,
        _ => ConsumerErrorKind.Transient,
    };

    /// <summary>Classifies the reason of a fatal error: the instance is over, is the cause too?</summary>
    public static ConsumerErrorKind OfFatal(int code) => OfMessage(code, ownsTopic: false) == ConsumerErrorKind.Permanent
        ? ConsumerErrorKind.Permanent
        : ConsumerErrorKind.Recoverable;
}
