using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Tests.Sessions;

public sealed class TelemetryTests
{
    private const string ChildMark = "STREAMINFERENCE_TELEMETRY_CHILD";
    private const string Clean = "no new socket was seen";

    [Fact]
    public async Task Running_a_model_leaves_no_file_and_opens_no_socket()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sockets are counted in /proc");
        Assert.SkipWhen(Environment.GetEnvironmentVariable(ChildMark) is not null, "this is the child");
        using TemporaryFolder home = new();
        ProcessStartInfo start = new(Environment.ProcessPath!, ["-method", $"{typeof(TelemetryTests).FullName}.{nameof(Child_runs_a_model_and_watches_its_sockets)}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = home.Path;
        start.Environment.Remove("XDG_CACHE_HOME");
        start.Environment.Remove("ORT_DISABLE_TELEMETRY");
        start.Environment[ChildMark] = home.Path;
        using Process child = Process.Start(start)!;
        string output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(child.ExitCode == 0, output);
        Assert.Equal(Clean, await File.ReadAllTextAsync(Path.Combine(home.Path, "verdict"), TestContext.Current.CancellationToken));
        Assert.DoesNotContain(Directory.EnumerateFiles(home.Path, "*", SearchOption.AllDirectories), file => file.Contains("onnxruntime", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Child_runs_a_model_and_watches_its_sockets()
    {
        string? home = Environment.GetEnvironmentVariable(ChildMark);
        Assert.SkipWhen(home is null, "runs in a process of its own, started by the test above");
        HashSet<string> before = Sockets();
        HashSet<string> seen = [];
        using OnnxSession session = new OnnxSessionFactory().Create(TinyOnnx.Identity().ToBytes(), "tiny", new OnnxSessionOptions());
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(new float[] { 1 }, [1, 1]);
        using RunOptions run = new();
        // A look-up lives for a few milliseconds, so the list is read again and again while the model runs.
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1.5); seen.UnionWith(Sockets()))
            session.Session.Run(run, ["x"], [input], ["y"]).Dispose();
        seen.ExceptWith(before);
        File.WriteAllText(Path.Combine(home!, "verdict"), seen.Count == 0 ? Clean : string.Join(' ', seen));
    }

    private static HashSet<string> Sockets()
    {
        HashSet<string> sockets = [];
        foreach (string descriptor in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            try
            {
                if (new FileInfo(descriptor).LinkTarget is { } target && target.StartsWith("socket:", StringComparison.Ordinal)) sockets.Add(target);
            }
            catch (IOException)
            {
                // It was closed since the folder was read.
            }
        }

        return sockets;
    }
}
