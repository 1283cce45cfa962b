namespace StreamInference.Replay.Running;

/// <summary>A running replay at a moment, for people who watch it.</summary>
/// <param name="Progress">How far the job is.</param>
/// <param name="Records">Records that this runner has done.</param>
/// <param name="DeadLetters">Those of them without a result.</param>
/// <param name="Elapsed">Since this runner began.</param>
/// <param name="RecordsPerSecond">This runner's rate over the last seconds.</param>
/// <param name="Remaining">The time to the end at the job's present rate; null while there is none.</param>
public sealed record ReplayView(ReplayProgress Progress, long Records, long DeadLetters, TimeSpan Elapsed, double RecordsPerSecond, TimeSpan? Remaining);
