using System.Runtime.InteropServices;

namespace StreamInference.Kafka.Native;

/// <summary>
/// The functions of librdkafka that Confluent.Kafka does not show, in the very library that it has loaded. Signatures and ownership are those
/// of rdkafka.h 2.16; nothing here adds behaviour.
/// </summary>
internal static unsafe partial class LibRdKafka
{
    /// <summary>The name that <see cref="NativeLibraryResolver"/> answers.</summary>
    internal const string Name = "rdkafka";

    static LibRdKafka() => NativeLibraryResolver.Install();

    // Configuration and life cycle.
    [LibraryImport(Name)]
    internal static partial nint rd_kafka_conf_new();

    [LibraryImport(Name)]
    internal static partial void rd_kafka_conf_destroy(nint conf);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rd_kafka_conf_set(nint conf, string name, string value, byte* error, nuint errorSize);

    [LibraryImport(Name)]
    internal static partial void rd_kafka_conf_set_events(nint conf, int events);

    [LibraryImport(Name)]
    internal static partial nint rd_kafka_new(int type, nint conf, byte* error, nuint errorSize);

    [LibraryImport(Name)]
    internal static partial void rd_kafka_destroy_flags(nint client, int flags);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint rd_kafka_topic_new(nint client, string topic, nint conf);

    [LibraryImport(Name)]
    internal static partial void rd_kafka_topic_destroy(nint topic);

    [LibraryImport(Name)]
    internal static partial byte* rd_kafka_topic_name(nint topic);

    [LibraryImport(Name)]
    internal static partial byte* rd_kafka_err2str(int error);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_fatal_error(nint client, byte* text, nuint textSize);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rd_kafka_test_fatal_error(nint client, int error, string reason);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_metadata(nint client, int allTopics, nint onlyTopic, nint* metadata, int timeoutMs);

    [LibraryImport(Name)]
    internal static partial void rd_kafka_metadata_destroy(nint metadata);

    // Queues and events.
    [LibraryImport(Name)]
    internal static partial nint rd_kafka_queue_get_main(nint client);

    [LibraryImport(Name)]
    internal static partial nint rd_kafka_queue_get_consumer(nint client);

    [LibraryImport(Name)]
    internal static partial void rd_kafka_queue_destroy(nint queue);

    [LibraryImport(Name)]
    internal static partial void rd_kafka_queue_yield(nint queue);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_set_log_queue(nint client, nint queue);

    [LibraryImport(Name)]
    internal static partial nint rd_kafka_queue_poll(nint queue, int timeoutMs);

    [LibraryImport(Name)]
    internal static partial void rd_kafka_event_destroy(nint @event);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_event_type(nint @event);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_event_error(nint @event);

    [LibraryImport(Name)]
    internal static partial byte* rd_kafka_event_error_string(nint @event);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_event_log(nint @event, byte** facility, byte** text, int* level);

    [LibraryImport(Name)]
    internal static partial NativeMessage* rd_kafka_event_message_next(nint @event);

    // Consuming.
    [LibraryImport(Name)]
    internal static partial nint rd_kafka_consume_batch_queue(nint queue, int timeoutMs, NativeMessage** messages, nuint size);

    [LibraryImport(Name)]
    internal static partial void rd_kafka_message_destroy(NativeMessage* message);

    // Reads a field: too short for a change of the collector's mode.
    [LibraryImport(Name), SuppressGCTransition]
    internal static partial long rd_kafka_message_timestamp(NativeMessage* message, int* type);

    [LibraryImport(Name)]
    internal static partial byte* rd_kafka_message_errstr(NativeMessage* message);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_message_headers(NativeMessage* message, nint* headers);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rd_kafka_get_watermark_offsets(nint client, string topic, int partition, long* low, long* high);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_consumer_close(nint client);

    // Headers.
    [LibraryImport(Name)]
    internal static partial nint rd_kafka_headers_new(nuint initialCount);

    [LibraryImport(Name)]
    internal static partial nint rd_kafka_headers_copy(nint headers);

    [LibraryImport(Name)]
    internal static partial void rd_kafka_headers_destroy(nint headers);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_header_add(nint headers, byte* name, nint nameSize, byte* value, nint valueSize);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rd_kafka_header_get_last(nint headers, string name, byte** value, nuint* size);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_header_get_all(nint headers, nuint index, byte** name, byte** value, nuint* size);

    // Producing.
    [LibraryImport(Name)]
    internal static partial nint rd_kafka_produceva(nint client, ProduceArgument* arguments, nuint count);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_flush(nint client, int timeoutMs);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_purge(nint client, int flags);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_outq_len(nint client);

    // Transactions. Each returns an rd_kafka_error_t, null for success.
    [LibraryImport(Name)]
    internal static partial nint rd_kafka_init_transactions(nint client, int timeoutMs);

    [LibraryImport(Name)]
    internal static partial nint rd_kafka_begin_transaction(nint client);

    [LibraryImport(Name)]
    internal static partial nint rd_kafka_send_offsets_to_transaction(nint client, nint offsets, nint groupMetadata, int timeoutMs);

    [LibraryImport(Name)]
    internal static partial nint rd_kafka_commit_transaction(nint client, int timeoutMs);

    [LibraryImport(Name)]
    internal static partial nint rd_kafka_abort_transaction(nint client, int timeoutMs);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_error_code(nint error);

    [LibraryImport(Name)]
    internal static partial byte* rd_kafka_error_string(nint error);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_error_is_fatal(nint error);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_error_txn_requires_abort(nint error);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_error_is_retriable(nint error);

    [LibraryImport(Name)]
    internal static partial void rd_kafka_error_destroy(nint error);

    // Group membership and offsets.
    [LibraryImport(Name)]
    internal static partial nint rd_kafka_consumer_group_metadata(nint client);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint rd_kafka_consumer_group_metadata_new_with_genid(string group, int generation, string member, string? instance);

    [LibraryImport(Name)]
    internal static partial void rd_kafka_consumer_group_metadata_destroy(nint groupMetadata);

    [LibraryImport(Name)]
    internal static partial byte* rd_kafka_consumer_group_metadata_member_id(nint groupMetadata);

    [LibraryImport(Name)]
    internal static partial int rd_kafka_consumer_group_metadata_generation_id(nint groupMetadata);

    [LibraryImport(Name)]
    internal static partial nint rd_kafka_topic_partition_list_new(int size);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial NativeTopicPartition* rd_kafka_topic_partition_list_add(nint list, string topic, int partition);

    [LibraryImport(Name)]
    internal static partial void rd_kafka_topic_partition_list_destroy(nint list);
}
