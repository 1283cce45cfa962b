using System.Globalization;

namespace StreamInference.Kafka.Native;

/// <summary>
/// Lets a line through once in a while: librdkafka repeats "connection refused" twenty times a second for as long as a broker is away. Lines
/// that differ only in their numbers are the same line. Any thread may call it.
/// </summary>
internal sealed class LogThrottle(TimeProvider time, TimeSpan interval)
{
    private const int MostLines = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long At, int Suppressed)> _lines = [];

    /// <summary>The throttle of all clients of this process.</summary>
    public static LogThrottle Shared { get; } = new(TimeProvider.System, TimeSpan.FromSeconds(10));

    /// <summary>The line to write; null when it was written a short while ago. One that stands for others says how many.</summary>
    public string? Pass(string facility, string text)
    {
        string key = facility + WithoutNumbers(text);
        long now = time.GetTimestamp();
        lock (_lock)
        {
            if (_lines.TryGetValue(key, out (long At, int Suppressed) line) && time.GetElapsedTime(line.At, now) < interval)
            {
                _lines[key] = line with { Suppressed = line.Suppressed + 1 };
                return null;
            }

            if (_lines.Count >= MostLines) _lines.Clear();
            _lines[key] = (now, 0);
            return line.Suppressed == 0 ? text : string.Create(CultureInfo.InvariantCulture, $"{text} (and {line.Suppressed} more like it since)");
        }
    }

    private static string WithoutNumbers(string text) => string.Concat(text.Where(c => !char.IsAsciiDigit(c)));
}
