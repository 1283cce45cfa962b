using System.Buffers;
using System.Security.Cryptography;

namespace StreamInference.Simulation.Tests.Transactions;

internal static class RecordHash
{
    /// <summary>SHA-256 over keys and values of the first records, each followed by a line feed.</summary>
    public static string Of(SimulatorOptions options, int count)
    {
        TransactionSimulator simulator = new(options);
        ArrayBufferWriter<byte> bytes = new();
        for (int i = 0; i < count; i++)
        {
            ArrayBufferWriter<byte> value = new();
            simulator.WriteNext(value, bytes);
            bytes.Write("\n"u8);
            bytes.Write(value.WrittenSpan);
            bytes.Write("\n"u8);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes.WrittenSpan));
    }
}
