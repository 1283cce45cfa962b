using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace StreamInference.TestKit.Kafka;

/// <summary>Signal numbers of Linux.</summary>
public static class Signals
{
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;
}

/// <summary>
/// A child process that cannot outlive this one: a shell between the two kills it as soon as the pipe from here closes, be it by Dispose, exit,
/// Ctrl-C or SIGKILL.
/// </summary>
public sealed partial class GuardedProcess
{
    private const string Guard = """
        "$0" "$@" 2>&1 & pid=$!
        echo "pid $pid"
        cat > /dev/null
        kill -9 $pid 2> /dev/null
        wait
        """;

    private readonly Process _guard;
    private readonly List<string> _lines = [];
    private readonly TaskCompletionSource<int> _pid = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GuardedProcess(Process guard) => _guard = guard;

    /// <summary>Starts <paramref name="file"/> under a guard.</summary>
    public static GuardedProcess Start(string file, IReadOnlyList<string> arguments)
    {
        ProcessStartInfo start = new("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])["-c", Guard, file, .. arguments]) start.ArgumentList.Add(argument);
        GuardedProcess process = new(new Process { StartInfo = start });
        process._guard.OutputDataReceived += (_, line) => process.OnLine(line.Data);
        process._guard.Start();
        process._guard.BeginOutputReadLine();
        return process;
    }

    /// <summary>Waits for a line that contains <paramref name="text"/>.</summary>
    public async Task WaitForLineAsync(string text, TimeSpan limit, CancellationToken cancellation)
    {
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(limit);
        while (true)
        {
            Task changed;
            lock (_lines)
            {
                if (_lines.Exists(line => line.Contains(text, StringComparison.Ordinal))) return;
                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(timeout.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                Kill();
                throw new TimeoutException($"No line with '{text}' within {limit.TotalSeconds} s:\n{Tail()}");
            }
        }
    }

    /// <summary>Sends a signal to the process behind the guard.</summary>
    public void Signal(int signal)
    {
        if (SendSignal(_pid.Task.GetAwaiter().GetResult(), signal) != 0) throw new InvalidOperationException($"The process is gone:\n{Tail()}");
    }

    /// <summary>Ends the process at once, and waits until it is gone.</summary>
    public void Kill()
    {
        if (_guard.HasExited) return;
        _guard.StandardInput.Close();
        _guard.WaitForExit();
    }

    /// <summary>What it said last, and what its threads do: evidence for a process that does not go on.</summary>
    public string Describe()
    {
        string threads = $"/proc/{_pid.Task.GetAwaiter().GetResult()}/task";
        if (_guard.HasExited || !Directory.Exists(threads)) return $"gone\n{Tail()}";
        StringBuilder text = new();
        foreach (string thread in Directory.GetDirectories(threads))
        {
            // proc(5): the name may hold blanks, so the fields count from behind it: state first, user and system ticks 12th and 13th.
            string stat = File.ReadAllText(Path.Combine(thread, "stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            text.Append(CultureInfo.InvariantCulture, $"{stat[(stat.IndexOf('(') + 1)..stat.LastIndexOf(')')]} {fields[0]} {long.Parse(fields[11]) + long.Parse(fields[12])} ticks; ");
        }

        return text.Append('\n').Append(Tail()).ToString();
    }

    private void OnLine(string? line)
    {
        if (line is null) return;
        if (line.StartsWith("pid ", StringComparison.Ordinal)) _pid.TrySetResult(int.Parse(line["pid ".Length..]));
        lock (_lines)
        {
            _lines.Add(line);
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private string Tail()
    {
        lock (_lines) return string.Join('\n', _lines.TakeLast(30));
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
