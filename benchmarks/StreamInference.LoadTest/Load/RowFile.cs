using System.Buffers;
using StreamInference.Simulation;

namespace StreamInference.LoadTest.Load;

/// <summary>Simulated transactions as a file: JSON Lines.</summary>
internal static class RowFile
{
    public static void Write(string path, long records)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        TransactionSimulator simulator = new(new SimulatorOptions());
        ArrayBufferWriter<byte> value = new(), key = new();
        for (long i = 0; i < records; i++)
        {
            value.ResetWrittenCount();
            key.ResetWrittenCount();
            simulator.WriteNext(value, key);
            file.Write(value.WrittenSpan);
            file.WriteByte((byte)'\n');
        }
    }

    public static string Check(string output, long records)
    {
        long lines = File.Exists(output) ? File.ReadLines(output).LongCount() : 0;
        return lines == records ? "ok" : $"{lines} of {records} rows";
    }
}
