using System.Collections.Concurrent;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using StreamInference.Kafka.Clients;

namespace StreamInference.Cli.Demo.Streams;

/// <summary>The latest findings of a stream as lines of the view. Written by one thread, read by another.</summary>
/// <param name="shown">How many are kept.</param>
internal sealed class LatestFindings(int shown)
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>The lines, the newest first.</summary>
    public IEnumerable<IRenderable> Lines => _lines.Reverse().Select(line => new Markup(line));

    /// <summary>Adds a line: a red word, the record's time, and a text that is no markup.</summary>
    public void Add(string word, TopicRecord record, string text)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(Math.Max(0, record.Timestamp));
        _lines.Enqueue(string.Create(CultureInfo.InvariantCulture, $"[red]{word}[/] {time:HH:mm:ss.fff} {Markup.Escape(text)}"));
        while (_lines.Count > shown) _lines.TryDequeue(out _);
    }
}
