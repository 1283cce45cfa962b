using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace StreamInference.Configuration;

/// <summary>Durations as people write them: "250us", "5ms", "10s", "2m", "1h", "7d"; a bare number is refused, its unit would be a guess.</summary>
public static class Durations
{
    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("us", TimeSpan.TicksPerMicrosecond), ("ms", TimeSpan.TicksPerMillisecond), ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
    ];

    /// <summary>Parses a duration; false when <paramref name="text"/> is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TimeSpan duration)
    {
        duration = default;
        if (string.IsNullOrWhiteSpace(text)) return false;
        string trimmed = text.Trim();
        foreach ((string unit, long ticks) in Units)
        {
            if (!trimmed.EndsWith(unit, StringComparison.Ordinal)) continue;
            ReadOnlySpan<char> number = trimmed.AsSpan(0, trimmed.Length - unit.Length).TrimEnd();
            if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value)) return false;
            if (value > long.MaxValue / ticks) return false;
            duration = new TimeSpan((long)(value * ticks));
            return true;
        }

        return false;
    }

    /// <summary>The shortest exact spelling.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero) return "0ms";
        (string unit, long ticks) = Units.Where(u => duration.Ticks % u.Ticks == 0).OrderByDescending(u => u.Ticks).FirstOrDefault(("us", TimeSpan.TicksPerMicrosecond));
        return string.Create(CultureInfo.InvariantCulture, $"{(decimal)duration.Ticks / ticks}{unit}");
    }
}
