namespace StreamInference.Simulation;

/// <summary>
/// Count and sum over the last tiles of time, for many entities: what feature stores call tiled or hopping windows. With n tiles the
/// window covers between n-1 and n tile lengths. Amortized constant time, no allocation after construction.
/// </summary>
/// <remarks>
/// A count and a sum share one number (count above bit 44, sum below), so that both are added and evicted at once. That holds for
/// windows with fewer than 2^19 events and non-negative sums below 2^44 (170 billion in cents).
/// </remarks>
internal sealed class TiledWindow
{
    private const int CountShift = 44;
    private const long SumMask = (1L << CountShift) - 1;

    private readonly int _tiles;
    private readonly long _tileMilliseconds;
    private readonly int _stride;

    /// <summary>For each entity: the newest tile's number, the total, then the tiles as a ring.</summary>
    private readonly long[] _cells;

    public TiledWindow(int entities, int tiles, TimeSpan tile)
    {
        _tiles = tiles;
        _tileMilliseconds = tile.Ticks / TimeSpan.TicksPerMillisecond;
        _stride = tiles + 2;
        _cells = new long[entities * _stride];
    }

    /// <summary>Count and sum of what was added before, as seen at a time; times never go back.</summary>
    public WindowTotal Read(int entity, long milliseconds)
    {
        Span<long> cells = Advance(entity, milliseconds);
        return new WindowTotal((int)(cells[1] >> CountShift), cells[1] & SumMask);
    }

    public void Add(int entity, long milliseconds, long amount)
    {
        Span<long> cells = Advance(entity, milliseconds);
        long packed = (1L << CountShift) + amount;
        cells[1] += packed;
        cells[2 + (int)(cells[0] % _tiles)] += packed;
    }

    private Span<long> Advance(int entity, long milliseconds)
    {
        Span<long> cells = _cells.AsSpan(entity * _stride, _stride);
        long tile = milliseconds / _tileMilliseconds;
        long newest = cells[0];
        if (tile == newest) return cells;
        for (long next = Math.Max(newest + 1, tile - _tiles + 1); next <= tile; next++)
        {
            ref long expired = ref cells[2 + (int)(next % _tiles)];
            cells[1] -= expired;
            expired = 0;
        }

        cells[0] = tile;
        return cells;
    }
}
