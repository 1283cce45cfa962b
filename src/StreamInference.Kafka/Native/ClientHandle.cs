using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace StreamInference.Kafka.Native;

/// <summary>The <c>rd_kafka_t</c> behind a client of Confluent.Kafka, which must outlive every use of it.</summary>
internal static class ClientHandle
{
    private static readonly PropertyInfo Property =
        typeof(Handle).GetProperty("LibrdkafkaHandle", BindingFlags.Instance | BindingFlags.NonPublic)
        ?? throw new MissingMemberException(typeof(Handle).FullName, "LibrdkafkaHandle");

    /// <summary>The native handle of <paramref name="client"/>.</summary>
    public static nint Of(IClient client) => ((SafeHandle)Property.GetValue(client.Handle)!).DangerousGetHandle();
}
