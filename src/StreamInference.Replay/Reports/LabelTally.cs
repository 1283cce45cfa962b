using System.Text;

namespace StreamInference.Replay.Reports;

/// <summary>How often a text has each of its values; values beyond the first 50 count as one. Owned by one thread.</summary>
internal sealed class LabelTally(string name)
{
    private const int MostValues = 50;

    private readonly List<(byte[] Value, long Count)> _values = [];
    private long _others;

    /// <summary>The output's name.</summary>
    public string Name => name;

    /// <summary>Counts a value, as it stands in the JSON.</summary>
    public void Add(ReadOnlySpan<byte> value, long count = 1)
    {
        for (int i = 0; i < _values.Count; i++)
        {
            if (!value.SequenceEqual(_values[i].Value)) continue;
            _values[i] = (_values[i].Value, _values[i].Count + count);
            return;
        }

        if (_values.Count < MostValues) _values.Add((value.ToArray(), count));
        else _others += count;
    }

    /// <summary>Adds all values of another tally.</summary>
    public void Add(LabelTally other)
    {
        foreach ((byte[] value, long count) in other._values) Add(value, count);
        _others += other._others;
    }

    /// <summary>The distribution; null when there was no value.</summary>
    public LabelDistribution? ToDistribution()
    {
        if (_values.Count == 0) return null;
        List<LabelCount> counts = [.. _values.OrderByDescending(value => value.Count).Select(value => new LabelCount(Encoding.UTF8.GetString(value.Value), value.Count))];
        if (_others > 0) counts.Add(new LabelCount("(others)", _others));
        return new LabelDistribution { Name = name, Values = counts };
    }
}
