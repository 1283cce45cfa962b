using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StreamInference.Configuration;

namespace StreamInference.Replay.Jobs;

/// <summary>Where a replay begins or ends, as a user writes it: <c>earliest</c>, <c>latest</c>, <c>now</c>, a time, an offset, or offsets by partition.</summary>
public abstract record ReplayPoint
{
    private ReplayPoint()
    {
    }

    /// <summary>The oldest record of each partition.</summary>
    public sealed record Earliest : ReplayPoint;

    /// <summary>Behind the last record that is committed when the job is planned.</summary>
    public sealed record Latest : ReplayPoint;

    /// <summary>The first record of this time or later.</summary>
    /// <param name="Time">The time.</param>
    public sealed record At(DateTimeOffset Time) : ReplayPoint;

    /// <summary>The same offset in each partition.</summary>
    /// <param name="Offset">The offset.</param>
    public sealed record Everywhere(long Offset) : ReplayPoint;

    /// <summary>Offsets of some partitions; the others are not replayed.</summary>
    /// <param name="ByPartition">The offsets.</param>
    public sealed record Offsets(IReadOnlyDictionary<int, long> ByPartition) : ReplayPoint;

    /// <summary>Parses what a user wrote.</summary>
    /// <param name="text">The text.</param>
    /// <param name="now">The time that <c>now</c> means, and before which durations lie.</param>
    /// <param name="point">The point.</param>
    /// <returns>False when it is none.</returns>
    public static bool TryParse(string? text, DateTimeOffset now, [NotNullWhen(true)] out ReplayPoint? point)
    {
        point = (text ?? "").Trim() switch
        {
            "earliest" => new Earliest(),
            "latest" => new Latest(),
            "now" => new At(now),
            var other => ParseOffset(other) ?? ParseOffsets(other) ?? ParseTime(other, now),
        };
        return point is not null;
    }

    private static ReplayPoint? ParseOffset(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long offset) ? new Everywhere(offset) : null;

    private static ReplayPoint? ParseOffsets(string text)
    {
        Dictionary<int, long> offsets = [];
        foreach (string pair in text.Split(','))
        {
            string[] parts = pair.Split(':');
            if (parts.Length != 2
                || !int.TryParse(parts[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int partition)
                || !long.TryParse(parts[1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long offset)
                || !offsets.TryAdd(partition, offset)) return null;
        }

        return new Offsets(offsets);
    }

    private static ReplayPoint? ParseTime(string text, DateTimeOffset now)
    {
        if (Durations.TryParse(text, out TimeSpan ago)) return new At(now - ago);
        // Only what begins like a date: .NET takes "12:30" and "5" for times of today.
        return text.Length >= 8 && text[4] == '-' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? new At(time)
            : null;
    }
}
