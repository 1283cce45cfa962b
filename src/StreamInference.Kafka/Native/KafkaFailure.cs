using static StreamInference.Kafka.Native.LibRdKafka;

namespace StreamInference.Kafka.Native;

/// <summary>An <c>rd_kafka_error_t</c> as a value: its code and the three flags that say what may be done about it.</summary>
/// <param name="Code">librdkafka's error code; negative ones are local to the client, positive ones come from the broker.</param>
/// <param name="IsFatal">The client instance can do nothing any more.</param>
/// <param name="RequiresAbort">The transaction must be aborted.</param>
/// <param name="IsRetriable">The same call may be repeated.</param>
/// <param name="Message">librdkafka's text.</param>
internal readonly record struct KafkaFailure(int Code, bool IsFatal, bool RequiresAbort, bool IsRetriable, string Message)
{
    /// <summary>Reads <paramref name="error"/> and destroys it; null for success.</summary>
    public static unsafe KafkaFailure? Take(nint error)
    {
        if (error == 0) return null;
        KafkaFailure failure = new(
            rd_kafka_error_code(error),
            rd_kafka_error_is_fatal(error) != 0,
            rd_kafka_error_txn_requires_abort(error) != 0,
            rd_kafka_error_is_retriable(error) != 0,
            NativeText.Read(rd_kafka_error_string(error)));
        rd_kafka_error_destroy(error);
        return failure;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Message} ({Code}{(IsFatal ? ", fatal" : "")}{(RequiresAbort ? ", requires abort" : "")}{(IsRetriable ? ", retriable" : "")})";
}

/// <summary>The error codes of rdkafka.h that decide something here.</summary>
internal static class KafkaErrorCode
{
    public const int Fatal = -150;
    public const int MaxPollExceeded = -147;
    public const int QueueFull = -184;
    public const int TimedOut = -185;
    public const int PurgedInQueue = -152;
    public const int PurgedInFlight = -151;
    public const int Fenced = -144;
    public const int State = -172;
    public const int Conflict = -173;
    public const int UnknownTopic = -188;
    public const int UnknownPartition = -190;
    public const int PartitionEnd = -191;
    public const int NoStartingOffset = -140;
    public const int Authentication = -169;
    public const int UnknownTopicOrPartition = 3;
    public const int MessageSizeTooLarge = 10;
    public const int IllegalGeneration = 22;
    public const int UnknownMember = 25;
    public const int TopicAuthorizationFailed = 29;
    public const int GroupAuthorizationFailed = 30;
    public const int ClusterAuthorizationFailed = 31;
    public const int UnsupportedVersion = 35;
    public const int InvalidTransactionTimeout = 50;
    public const int TransactionalIdAuthorizationFailed = 53;
    public const int UnsupportedFeature = -165;
    public const int InvalidConfiguration = -186;
    public const int FencedInstance = 82;
    public const int UnreleasedInstance = 111;
    public const int UnsupportedAssignor = 112;
    public const int RecordListTooLarge = 18;
}
