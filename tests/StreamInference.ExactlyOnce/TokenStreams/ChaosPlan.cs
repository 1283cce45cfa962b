namespace StreamInference.ExactlyOnce.TokenStreams;

/// <summary>What is done to the processes of a token stream.</summary>
internal enum Fault
{
    /// <summary>SIGKILL of a worker, which starts again at once.</summary>
    Kill,

    /// <summary>SIGKILL of a worker, which starts again when the other has gone on with its answers.</summary>
    KillForLong,

    /// <summary>SIGKILL of both workers.</summary>
    KillBoth,

    /// <summary>A worker is stopped until another has gone on with its answers; that one is killed, and the first goes on.</summary>
    Zombie,

    /// <summary>SIGKILL of the broker, which starts again on its data.</summary>
    BrokerKill,
}

/// <summary>The faults of a run in their order, by a seed. The seed fixes the choices, not the timing.</summary>
internal sealed class ChaosPlan
{
    public ChaosPlan(int seed, int kills, int zombies, int brokerKills)
    {
        Random = new Random(seed);
        // A zombie kills its successor.
        int left = kills - zombies;
        List<Fault> faults = [.. Enumerable.Repeat(Fault.Zombie, zombies), .. Enumerable.Repeat(Fault.BrokerKill, brokerKills)];
        while (left > 0)
        {
            Fault fault = Random.Next(20) switch { 0 => Fault.KillForLong, 1 or 2 when left > 1 => Fault.KillBoth, _ => Fault.Kill };
            faults.Add(fault);
            left -= fault == Fault.KillBoth ? 2 : 1;
        }

        Fault[] shuffled = [.. faults];
        Random.Shuffle(shuffled);
        Faults = shuffled;
    }

    public Random Random { get; }

    public IReadOnlyList<Fault> Faults { get; }
}
