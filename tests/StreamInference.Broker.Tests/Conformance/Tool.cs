using System.Diagnostics;
using StreamInference.TestKit;

namespace StreamInference.Broker.Tests.Conformance;

/// <summary>Runs a client that nobody here wrote; the test that needs it skips by name where it is absent.</summary>
internal static class Tool
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>One of Apache Kafka's own tools, on Java.</summary>
    public static Task<string> JavaAsync(string name, string input, params string[] arguments)
    {
        var tool = SharedData.Require("kafka/bin/kafka-tool");
        Assert.SkipUnless(IsInstalled("java"), "java is not installed");
        return RunAsync(tool, input, [name, .. arguments]);
    }

    public static Task<string> KcatAsync(string input, params string[] arguments)
    {
        Assert.SkipUnless(IsInstalled("kcat"), "kcat is not installed (Debian package kcat)");
        return RunAsync("kcat", input, arguments);
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    private static async Task<string> RunAsync(string program, string input, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await errors}");
            return await output;
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
