using System.Diagnostics;
using System.Globalization;
using StreamInference.LoadTest.Systems;

namespace StreamInference.LoadTest.Load;

/// <summary>A system under test in a process of its own, so that CPU, memory and allocations are its alone.</summary>
internal sealed class SystemProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _lines = [];

    private SystemProcess(IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true };
        // dotnet run: the process is the host, the program its first argument.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(typeof(SystemProcess).Assembly.Location);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null) return;
            lock (_lines) _lines.Add(line.Data);
        };
        _process.BeginOutputReadLine();
    }

    public static SystemProcess Start(string name, SystemOptions options) => new(
    [
        "system", name, "--bootstrap", options.Bootstrap, "--input", options.Input, "--output", options.Output, "--group", options.Group,
        "--commit-ms", options.CommitMs.ToString(CultureInfo.InvariantCulture), "--batch", options.Batch.ToString(CultureInfo.InvariantCulture),
        "--exit-after", options.ExitAfter.ToString(CultureInfo.InvariantCulture), "--threads", options.Threads.ToString(CultureInfo.InvariantCulture),
        "--headers", options.Headers,
    ]);

    public static async Task<(SystemProcess Process, string BootstrapServers)> StartBrokerAsync(CancellationToken stop)
    {
        SystemProcess broker = new(["broker"]);
        while (true)
        {
            lock (broker._lines)
                if (broker._lines.Count > 0) return (broker, broker._lines[0]);
            await Task.Delay(50, stop);
        }
    }

    public double PeakMebibytes
    {
        get
        {
            _process.Refresh();
            return _process.HasExited ? 0 : _process.PeakWorkingSet64 / (double)(1 << 20);
        }
    }

    /// <summary>Waits for the end and returns the fields of its RESULT line; empty when there was none.</summary>
    public async Task<Dictionary<string, string>> ResultAsync(TimeSpan limit, CancellationToken stop)
    {
        using CancellationTokenSource timed = CancellationTokenSource.CreateLinkedTokenSource(stop);
        timed.CancelAfter(limit);
        try
        {
            await _process.WaitForExitAsync(timed.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"No result within {limit.TotalSeconds} s.");
        }

        lock (_lines)
        {
            string? result = _lines.LastOrDefault(line => line.StartsWith("RESULT ", StringComparison.Ordinal));
            return result is null ? [] : result.Split(' ').Skip(1).Select(field => field.Split('=', 2)).ToDictionary(field => field[0], field => field[1]);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
