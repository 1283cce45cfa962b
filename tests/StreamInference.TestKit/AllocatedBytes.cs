namespace StreamInference.TestKit;

/// <summary>Managed memory that the calling thread allocates.</summary>
public static class AllocatedBytes
{
    /// <summary>The least of some rounds, in bytes a round; a round that allocates nothing is the last.</summary>
    /// <remarks>
    /// The compiler that makes the code faster while it runs allocates now and then, and code of the runtime that it has not yet come to may too; what the work
    /// itself allocates comes in every round.
    /// </remarks>
    public static long Least(Action round, int rounds = 10)
    {
        long least = long.MaxValue;
        for (int i = 0; i < rounds && least > 0; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
