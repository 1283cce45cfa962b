using static StreamInference.Kafka.Native.LibRdKafka;

namespace StreamInference.Kafka.Sinks;

/// <summary>A header list of librdkafka that is being built; whoever takes <see cref="List"/> owns it.</summary>
internal readonly unsafe ref struct NativeHeaders
{
    private NativeHeaders(nint list) => List = list;

    /// <summary>The <c>rd_kafka_headers_t</c>.</summary>
    public nint List { get; }

    public static NativeHeaders New(int room) => new(rd_kafka_headers_new((nuint)room));

    /// <summary>A copy of a list, which stays its owner's.</summary>
    public static NativeHeaders CopyOf(nint list) => new(rd_kafka_headers_copy(list));

    /// <summary>Appends a header; both spans are copied.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        byte empty = 0;
        fixed (byte* namePointer = name)
        fixed (byte* valuePointer = value)
            _ = rd_kafka_header_add(List, namePointer, name.Length, valuePointer is null ? &empty : valuePointer, value.Length);
    }

    /// <summary>Appends a header whose value is null.</summary>
    public void AddNull(ReadOnlySpan<byte> name)
    {
        fixed (byte* namePointer = name) _ = rd_kafka_header_add(List, namePointer, name.Length, null, 0);
    }
}
