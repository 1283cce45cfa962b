namespace StreamInference.Cli.Producing;

/// <summary>Says how many records are due by now at a fixed rate. Pure over its clock; late ones are made up for, so the mean rate holds.</summary>
internal sealed class RatePacer
{
    private readonly TimeProvider _time;
    private readonly double _perSecond;
    private readonly long _start;
    private long _taken;

    /// <summary>Starts now; a rate of 0 has no limit.</summary>
    public RatePacer(double perSecond, TimeProvider time)
    {
        _perSecond = perSecond;
        _time = time;
        _start = time.GetTimestamp();
    }

    /// <summary>Takes up to <paramref name="most"/> records that are due.</summary>
    public int Take(int most)
    {
        if (_perSecond <= 0) return most;
        long due = (long)(_time.GetElapsedTime(_start).TotalSeconds * _perSecond) + 1;
        int taken = (int)Math.Clamp(due - _taken, 0, most);
        _taken += taken;
        return taken;
    }

    /// <summary>How long until the next record is due; zero when one is.</summary>
    public TimeSpan UntilNext()
    {
        if (_perSecond <= 0) return TimeSpan.Zero;
        TimeSpan due = TimeSpan.FromSeconds(_taken / _perSecond) - _time.GetElapsedTime(_start);
        return due > TimeSpan.Zero ? due : TimeSpan.Zero;
    }
}
