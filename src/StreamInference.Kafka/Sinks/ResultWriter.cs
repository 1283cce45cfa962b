using System.Globalization;
using System.Text;
using StreamInference.Configuration;
using StreamInference.Kafka.Native;
using StreamInference.Progress;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.States;
using static StreamInference.Kafka.Native.LibRdKafka;

namespace StreamInference.Kafka.Sinks;

/// <summary>Turns results into records of the result topic and failures into dead letters. One thread; a result allocates nothing.</summary>
internal sealed unsafe class ResultWriter(KafkaSinkOptions options) : IDisposable
{
    private const int ArgumentCount = 8;
    private const int NumberRoom = 24;

    private readonly byte[] _pipeline = Encoding.UTF8.GetBytes(options.Pipeline);
    // The headers that all results of a model share, built once.
    private readonly Dictionary<ModelIdentity, nint> _modelHeaders = [];
    private readonly List<KeyValuePair<string, byte[]?>> _originalHeaders = [];
    private byte[] _source = [];
    private string? _sourceTopic;
    private int _sourcePrefix;

    /// <summary>Produces a result.</summary>
    /// <returns>Null when the client took it.</returns>
    public KafkaFailure? WriteResult(ITransactionalProducer producer, ResultBatch batch, in Result result, nint opaque)
    {
        nint headers = options.Headers == ResultHeaders.None ? 0 : BuildHeaders(batch.Model, result);
        StreamRecord record = result.Record;
        long timestamp = options.Timestamp == ResultTimestamp.Input ? record.Timestamp : -1;
        return Write(producer, producer.Topic(options.ResultTopic), record, batch.ValueOf(result), isNull: false, timestamp, headers, opaque);
    }

    /// <summary>Produces a dead letter: the original key, value and headers, and why.</summary>
    /// <param name="producer">The producer.</param>
    /// <param name="record">The record without a result.</param>
    /// <param name="error">Why it has none.</param>
    /// <param name="withValue">False leaves the value out: the dead-letter topic does not take it.</param>
    /// <param name="opaque">Comes back with a failure.</param>
    public KafkaFailure? WriteDeadLetter(ITransactionalProducer producer, in StreamRecord record, RecordError error, bool withValue, nint opaque)
    {
        _originalHeaders.Clear();
        record.CopyHeaders(_originalHeaders);
        NativeHeaders headers = NativeHeaders.New(_originalHeaders.Count + 5);
        foreach ((string name, byte[]? value) in _originalHeaders)
        {
            if (value is null) headers.AddNull(Encoding.UTF8.GetBytes(name));
            else headers.Add(Encoding.UTF8.GetBytes(name), value);
        }

        headers.Add("si-error"u8, Encoding.UTF8.GetBytes(error.Code));
        headers.Add("si-error-detail"u8, Encoding.UTF8.GetBytes(error.Detail));
        headers.Add("si-source"u8, SourceOf(record));
        headers.Add("si-pipeline"u8, _pipeline);
        if (!withValue) headers.Add("si-value-omitted"u8, "true"u8);
        ReadOnlySpan<byte> original = withValue ? record.Value : default;
        return Write(producer, producer.Topic(options.DeadLetterTopic), record, original, !withValue || !record.HasValue, record.Timestamp, headers.List, opaque);
    }

    /// <summary>Produces a write to the progress topic, to the partition with the number of its input.</summary>
    public KafkaFailure? WriteProgress(ITransactionalProducer producer, in ProgressWrite write)
    {
        string topic = options.ProgressTopic ?? throw new InvalidOperationException("A request has progress, the sink has no topic for it.");
        byte* key = stackalloc byte[ProgressKey.Length];
        ProgressKey.Write(new Span<byte>(key, ProgressKey.Length), write.Offset, write.Slot);
        fixed (byte* value = write.Value)
        {
            Span<ProduceArgument> arguments = stackalloc ProduceArgument[ArgumentCount];
            int count = 0;
            arguments[count++] = new() { Kind = ProduceArgumentKind.TopicHandle, Pointer = producer.Topic(topic) };
            arguments[count++] = new() { Kind = ProduceArgumentKind.Partition, Int32 = write.Assignment.Partition };
            arguments[count++] = new() { Kind = ProduceArgumentKind.MessageFlags, Int32 = NativeConstants.CopyPayload };
            arguments[count++] = Bytes(ProduceArgumentKind.Key, key, ProgressKey.Length);
            if (write.Batch is not null) arguments[count++] = Bytes(ProduceArgumentKind.Value, value, write.Length);
            return producer.Produce(arguments[..count]);
        }
    }

    /// <summary>Produces a write to the state topic, to the partition with the number of its input.</summary>
    public KafkaFailure? WriteState(ITransactionalProducer producer, in StateWrite write)
    {
        string topic = options.StateTopic ?? throw new InvalidOperationException("A request has states, the sink has no topic for them.");
        // librdkafka tells null from empty by the pointer, a span does not.
        byte empty = 0;
        ReadOnlySpan<byte> bytes = write.Value;
        fixed (byte* key = write.Key)
        fixed (byte* value = bytes)
        {
            Span<ProduceArgument> arguments = stackalloc ProduceArgument[ArgumentCount];
            int count = 0;
            arguments[count++] = new() { Kind = ProduceArgumentKind.TopicHandle, Pointer = producer.Topic(topic) };
            arguments[count++] = new() { Kind = ProduceArgumentKind.Partition, Int32 = write.Assignment.Partition };
            arguments[count++] = new() { Kind = ProduceArgumentKind.MessageFlags, Int32 = NativeConstants.CopyPayload };
            arguments[count++] = Bytes(ProduceArgumentKind.Key, key is null ? &empty : key, write.Key.Length);
            if (!write.IsTombstone) arguments[count++] = Bytes(ProduceArgumentKind.Value, value, bytes.Length);
            return producer.Produce(arguments[..count]);
        }
    }

    /// <summary>Bytes that the result takes on the wire without headers.</summary>
    public static int SizeOf(in Result result) => result.Length + result.Record.Key.Length;

    public void Dispose()
    {
        foreach (nint headers in _modelHeaders.Values) rd_kafka_headers_destroy(headers);
        _modelHeaders.Clear();
    }

    private static KafkaFailure? Write(
        ITransactionalProducer producer, nint topic, in StreamRecord record, ReadOnlySpan<byte> value, bool isNull, long timestamp, nint headers, nint opaque)
    {
        // librdkafka tells null from empty by the pointer, a span does not.
        byte empty = 0;
        ReadOnlySpan<byte> key = record.Key;
        fixed (byte* keyPointer = key)
        fixed (byte* valuePointer = value)
        {
            Span<ProduceArgument> arguments = stackalloc ProduceArgument[ArgumentCount];
            int count = 0;
            arguments[count++] = new() { Kind = ProduceArgumentKind.TopicHandle, Pointer = topic };
            arguments[count++] = new() { Kind = ProduceArgumentKind.Partition, Int32 = NativeConstants.PartitionByKey };
            arguments[count++] = new() { Kind = ProduceArgumentKind.MessageFlags, Int32 = NativeConstants.CopyPayload };
            arguments[count++] = new() { Kind = ProduceArgumentKind.Opaque, Pointer = opaque };
            if (record.HasKey) arguments[count++] = Bytes(ProduceArgumentKind.Key, keyPointer is null ? &empty : keyPointer, key.Length);
            if (!isNull) arguments[count++] = Bytes(ProduceArgumentKind.Value, valuePointer is null ? &empty : valuePointer, value.Length);
            if (timestamp >= 0) arguments[count++] = new() { Kind = ProduceArgumentKind.Timestamp, Int64 = timestamp };
            if (headers != 0) arguments[count++] = new() { Kind = ProduceArgumentKind.Headers, Pointer = headers };
            KafkaFailure? failure = producer.Produce(arguments[..count]);
            // librdkafka owns the headers only of a record that it took.
            if (failure is not null && headers != 0) rd_kafka_headers_destroy(headers);
            return failure;
        }
    }

    private static ProduceArgument Bytes(ProduceArgumentKind kind, byte* start, int length) => new() { Kind = kind, Pointer = (nint)start, Size = (nuint)length };

    private nint BuildHeaders(ModelIdentity? model, in Result result)
    {
        StreamRecord record = result.Record;
        if (options.Headers == ResultHeaders.Source)
        {
            NativeHeaders only = NativeHeaders.New(1);
            only.Add("si-source"u8, SourceOf(record));
            return only.List;
        }

        NativeHeaders headers = NativeHeaders.CopyOf(ModelHeaders(model));
        headers.Add("si-source"u8, SourceOf(record));
        Span<byte> number = stackalloc byte[NumberRoom];
        result.Sequence.TryFormat(number, out int written, provider: CultureInfo.InvariantCulture);
        headers.Add("si-seq"u8, number[..written]);
        headers.Add("si-final"u8, result.IsFinal ? "true"u8 : "false"u8);
        if (record.TryGetHeader("traceparent", out ReadOnlySpan<byte> parent)) headers.Add("traceparent"u8, parent);
        if (record.TryGetHeader("tracestate", out ReadOnlySpan<byte> state)) headers.Add("tracestate"u8, state);
        return headers.List;
    }

    private nint ModelHeaders(ModelIdentity? model)
    {
        model ??= Unnamed;
        if (_modelHeaders.TryGetValue(model, out nint shared)) return shared;
        NativeHeaders headers = NativeHeaders.New(3);
        headers.Add("si-pipeline"u8, _pipeline);
        if (model != Unnamed)
        {
            headers.Add("si-model"u8, model.NameUtf8.Span);
            headers.Add("si-version"u8, model.VersionUtf8.Span);
        }

        _modelHeaders.Add(model, headers.List);
        return headers.List;
    }

    private static readonly ModelIdentity Unnamed = new("none", 0);

    /// <summary><c>topic/partition/offset</c>, valid until the next call.</summary>
    private ReadOnlySpan<byte> SourceOf(in StreamRecord record)
    {
        PartitionAssignment assignment = record.Assignment;
        if (!ReferenceEquals(_sourceTopic, assignment.Topic))
        {
            _sourceTopic = assignment.Topic;
            _source = new byte[Encoding.UTF8.GetMaxByteCount(_sourceTopic.Length) + 1 + 2 * NumberRoom];
            _sourcePrefix = Encoding.UTF8.GetBytes(_sourceTopic, _source);
            _source[_sourcePrefix++] = (byte)'/';
        }

        int length = _sourcePrefix;
        assignment.Partition.TryFormat(_source.AsSpan(length), out int written, provider: CultureInfo.InvariantCulture);
        length += written;
        _source[length++] = (byte)'/';
        record.Offset.TryFormat(_source.AsSpan(length), out written, provider: CultureInfo.InvariantCulture);
        return _source.AsSpan(0, length + written);
    }
}
