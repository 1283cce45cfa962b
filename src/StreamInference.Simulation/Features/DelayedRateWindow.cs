namespace StreamInference.Simulation;

/// <summary>
/// Events and frauds of an entity over 28 days, and over the last 7 of them, that ended 7 days ago: a fraud is known only after the customer has complained, so a
/// feature pipeline must not look at younger labels (Fraud Detection Handbook, chapter 3, "terminal risk" with a delay of 7 days).
/// </summary>
internal sealed class DelayedRateWindow(int entities)
{
    private const int DelayDays = 7;
    private const int LongDays = 28;
    private const int ShortDays = 7;
    private const long DayMilliseconds = 86_400_000;

    /// <summary>Days kept: today, the delay before it and the window before that; a new day takes the place of the one that leaves.</summary>
    private const int Days = LongDays + DelayDays;

    private readonly State[] _states = new State[entities];
    private readonly FraudCount[] _cells = new FraudCount[entities * Days];

    /// <summary>Events and frauds as known at a time; times never go back.</summary>
    public (FraudCount Long, FraudCount Short) Read(int entity, long milliseconds)
    {
        Advance(entity, milliseconds / DayMilliseconds);
        ref readonly State state = ref _states[entity];
        return (state.Long, state.Short);
    }

    public void Add(int entity, long milliseconds, bool isFraud)
    {
        long day = milliseconds / DayMilliseconds;
        Advance(entity, day);
        CellOf(entity, day) += new FraudCount(1, isFraud ? 1 : 0);
    }

    private ref FraudCount CellOf(int entity, long day) => ref _cells[(entity * Days) + (int)(day % Days)];

    private void Advance(int entity, long day)
    {
        ref State state = ref _states[entity];
        if (state.Day == day) return;
        if (day - state.Day > Days)
        {
            _cells.AsSpan(entity * Days, Days).Clear();
            state = new State { Day = day };
            return;
        }

        while (state.Day < day)
        {
            state.Day++;
            FraudCount ripe = CellOf(entity, state.Day - DelayDays);
            ref FraudCount expired = ref CellOf(entity, state.Day);
            state.Long += ripe - expired;
            state.Short += ripe - CellOf(entity, state.Day - DelayDays - ShortDays);
            expired = default;
        }
    }

    private struct State
    {
        public long Day;
        public FraudCount Long;
        public FraudCount Short;
    }
}
