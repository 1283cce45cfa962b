namespace StreamInference.Llm.Sampling;

/// <summary>
/// Finds stop strings in text that comes in pieces, across their borders: text that may still become a stop string is held back, the rest is let
/// through. The same pieces give the same text, so a resumed request is fed its old pieces again.
/// </summary>
internal sealed class StopStringBuffer(IReadOnlyList<string> stops)
{
    private string _held = string.Empty;

    public bool Stopped { get; private set; }

    /// <summary>Text that is certain now; up to the stop string when one is complete.</summary>
    public string Append(string piece)
    {
        if (Stopped) return string.Empty;
        if (stops.Count == 0) return piece;
        if (piece.Length == 0) return piece;
        string text = _held.Length == 0 ? piece : _held + piece;
        int end = EarliestStop(text);
        if (end >= 0)
        {
            Stopped = true;
            _held = string.Empty;
            return text[..end];
        }
        int keep = HeldLength(text);
        _held = text[(text.Length - keep)..];
        return text[..(text.Length - keep)];
    }

    /// <summary>What was held back, when nothing more comes.</summary>
    public string Flush()
    {
        string rest = _held;
        _held = string.Empty;
        return rest;
    }

    private int EarliestStop(string text)
    {
        int earliest = -1;
        foreach (string stop in stops)
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (earliest < 0 || at < earliest)) earliest = at;
        }
        return earliest;
    }

    private int HeldLength(string text)
    {
        int longest = 0;
        foreach (string stop in stops)
        {
            for (int length = Math.Min(stop.Length - 1, text.Length); length > longest; length--)
            {
                if (!text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length))) continue;
                longest = length;
                break;
            }
        }
        return longest;
    }
}
