using System.Runtime.InteropServices;

namespace StreamInference.Kafka.Native;

/// <summary>Text that librdkafka owns.</summary>
internal static unsafe class NativeText
{
    /// <summary>Copies a zero-terminated UTF-8 string; empty for null.</summary>
    public static string Read(byte* text) => text is null ? "" : Marshal.PtrToStringUTF8((nint)text) ?? "";

    /// <summary>The text of an error code.</summary>
    public static string OfError(int code) => Read(LibRdKafka.rd_kafka_err2str(code));
}
