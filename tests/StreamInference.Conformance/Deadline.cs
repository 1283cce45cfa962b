using System.Diagnostics;

namespace StreamInference.Conformance;

/// <summary>Ends a wait for something that a cluster does in its own time; passing it is missing evidence, not a measurement.</summary>
public sealed class Deadline(TimeSpan limit)
{
    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>Fails the test with the evidence so far when the time is over.</summary>
    public void Check(Func<string> evidence)
    {
        if (Stopwatch.GetElapsedTime(_started) > limit) Assert.Fail($"Not within {limit.TotalSeconds} s: {evidence()}");
    }
}
