using System.Buffers.Binary;

namespace StreamInference.Conformance;

/// <summary>The hash of Java's default partitioner (<c>org.apache.kafka.common.utils.Utils.murmur2</c>), written from its definition.</summary>
internal static class JavaMurmur2
{
    public static int Hash(ReadOnlySpan<byte> data)
    {
        const uint mix = 0x5bd1e995;
        uint hash = 0x9747b28cu ^ (uint)data.Length;
        for (; data.Length >= 4; data = data[4..])
        {
            uint k = BinaryPrimitives.ReadUInt32LittleEndian(data) * mix;
            hash = (hash * mix) ^ ((k ^ (k >> 24)) * mix);
        }

        for (int i = data.Length - 1; i >= 0; i--) hash ^= (uint)data[i] << (8 * i);
        if (data.Length > 0) hash *= mix;
        hash = (hash ^ (hash >> 13)) * mix;
        return (int)(hash ^ (hash >> 15));
    }
}
