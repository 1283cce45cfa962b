using System.Numerics;
using System.Runtime.InteropServices;
using StreamInference.Kafka.Native;
using StreamInference.Records;
using static StreamInference.Kafka.Native.LibRdKafka;

namespace StreamInference.Kafka.Sources;

/// <summary>
/// The messages of one poll where librdkafka holds them. Headers are parsed by librdkafka at the first look. Pooled by its
/// <see cref="KafkaRecordSource"/>.
/// </summary>
internal sealed unsafe class NativeRecordLease : RecordLease
{
    private const int SmallestCapacity = 1024;

    private readonly KafkaRecordSource _owner;
    private readonly int _capacity;
    private NativeMessage** _messages;

    public NativeRecordLease(KafkaRecordSource owner, int limit)
    {
        _owner = owner;
        _capacity = Math.Max(SmallestCapacity, (int)BitOperations.RoundUpToPowerOf2((uint)limit));
        Limit = limit;
        _messages = (NativeMessage**)NativeMemory.Alloc((nuint)_capacity, (nuint)sizeof(NativeMessage*));
    }

    /// <summary>The most messages it takes this time.</summary>
    public int Limit { get; private set; }

    /// <summary>How many messages it holds.</summary>
    public int Count { get; private set; }

    /// <summary>Takes up to <paramref name="limit"/> further messages from <paramref name="queue"/>; waits for all of them up to the timeout.</summary>
    public int Fill(nint queue, int timeoutMs, int limit)
    {
        nint taken = rd_kafka_consume_batch_queue(queue, timeoutMs, _messages + Count, (nuint)Math.Min(limit, Limit - Count));
        if (taken <= 0) return 0;
        Count += (int)taken;
        return (int)taken;
    }

    /// <summary>Message <paramref name="index"/>.</summary>
    public NativeMessage* this[int index] => _messages[index];

    /// <summary>Moves message <paramref name="from"/> to the lower index <paramref name="to"/>, whose former message was destroyed or moved.</summary>
    public void Move(int from, int to) => _messages[to] = _messages[from];

    /// <summary>Forgets the messages from <paramref name="count"/> on, which were destroyed or moved.</summary>
    public void Truncate(int count) => Count = count;

    /// <summary>Destroys every message.</summary>
    public void DestroyMessages()
    {
        for (int i = 0; i < Count; i++) rd_kafka_message_destroy(_messages[i]);
        Count = 0;
    }

    /// <summary>Makes a pooled lease usable again; false when it is too small.</summary>
    public bool TryReuse(int limit)
    {
        if (limit > _capacity) return false;
        Limit = limit;
        Renew();
        return true;
    }

    /// <summary>Frees the array; the lease is not used afterwards.</summary>
    public void Free()
    {
        NativeMemory.Free(_messages);
        _messages = null;
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Key(int index) => new(_messages[index]->Key, (int)_messages[index]->KeySize);

    /// <inheritdoc/>
    public override bool HasKey(int index) => _messages[index]->Key is not null;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Value(int index) => new(_messages[index]->Value, (int)_messages[index]->ValueSize);

    /// <inheritdoc/>
    public override bool HasValue(int index) => _messages[index]->Value is not null;

    /// <inheritdoc/>
    public override bool TryGetHeader(int index, string name, out ReadOnlySpan<byte> value)
    {
        value = default;
        nint headers;
        if (rd_kafka_message_headers(_messages[index], &headers) != 0) return false;
        byte* found;
        nuint size;
        if (rd_kafka_header_get_last(headers, name, &found, &size) != 0) return false;
        value = new ReadOnlySpan<byte>(found, (int)size);
        return true;
    }

    /// <inheritdoc/>
    public override void CopyHeaders(int index, ICollection<KeyValuePair<string, byte[]?>> into)
    {
        nint headers;
        if (rd_kafka_message_headers(_messages[index], &headers) != 0) return;
        byte* name;
        byte* value;
        nuint size;
        for (nuint i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0; i++)
            into.Add(new(NativeText.Read(name), value is null ? null : new ReadOnlySpan<byte>(value, (int)size).ToArray()));
    }

    /// <inheritdoc/>
    protected override void GiveBack()
    {
        DestroyMessages();
        _owner.Return(this);
    }
}
