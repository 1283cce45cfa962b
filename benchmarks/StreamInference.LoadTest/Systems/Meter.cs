using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace StreamInference.LoadTest.Systems;

/// <summary>
/// Counts committed records; after the wanted number it prints the rate between the first and the last commit (start-up is out, JIT warm-up is
/// in) and ends the process.
/// </summary>
internal sealed partial class Meter(string system, long exitAfter)
{
    private readonly Lock _gate = new();
    private long _committed;
    private long _firstCount;
    private long _firstAt;
    private long _firstBytes;
    private TimeSpan _firstCpu;

    public void Committed(int records)
    {
        lock (_gate)
        {
            long now = Stopwatch.GetTimestamp();
            _committed += records;
            if (_firstAt == 0) (_firstAt, _firstCount, _firstCpu, _firstBytes) = (now, _committed, Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
            if (exitAfter > 0 && _committed >= exitAfter) Finish(now);
        }
    }

    private void Finish(long now)
    {
        long counted = Math.Max(1, _committed - _firstCount);
        Report(counted, Stopwatch.GetElapsedTime(_firstAt, now).TotalSeconds, (Environment.CpuUsage.TotalTime - _firstCpu).TotalSeconds, GC.GetTotalAllocatedBytes() - _firstBytes);
        // At once, without finalizers: like a crash, which the next start must stand anyway.
        Halt(0);
    }

    public void Report(long records, double seconds, double cpu, long bytes)
    {
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"RESULT system={system} records={records} rate={records / seconds:F0} seconds={seconds:F3} cpu_s={cpu:F2} cpu_s_per_million={cpu / records * 1e6:F3} managed_bytes_per_record={bytes / (double)records:F1} peak_mib={PeakMebibytes():F0} gc={GC.CollectionCount(0)}/{GC.CollectionCount(1)}/{GC.CollectionCount(2)}"));
        Console.Out.Flush();
    }

    private static double PeakMebibytes()
    {
        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64 / (double)(1 << 20);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Halt(int code);
}
