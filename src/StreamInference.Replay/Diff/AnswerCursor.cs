using System.Text;
using System.Text.Json;

namespace StreamInference.Replay.Diff;

/// <summary>Goes over what one side says, an input record at a time.</summary>
internal sealed class AnswerCursor : IDisposable
{
    public const byte ResultTag = 0;
    public const byte DeadLetterTag = 1;

    private readonly IEnumerator<SpillEntry> _entries;
    private readonly JsonField _score;
    private readonly JsonField _decision;
    private bool _hasEntry;

    public AnswerCursor(SpillSorter side, JsonField score, JsonField decision)
    {
        _entries = side.Sorted().GetEnumerator();
        _score = score;
        _decision = decision;
        _hasEntry = _entries.MoveNext();
    }

    /// <summary>The next input record; null at the end.</summary>
    public SourceKey? Next => _hasEntry ? _entries.Current.Key : null;

    /// <summary>Takes what is said about <paramref name="key"/>; null when that is nothing.</summary>
    public DiffAnswer? Take(SourceKey key)
    {
        DiffAnswer? answer = null;
        while (_hasEntry && _entries.Current.Key == key)
        {
            answer = Add(answer, _entries.Current);
            _hasEntry = _entries.MoveNext();
        }

        return answer;
    }

    public void Dispose() => _entries.Dispose();

    private DiffAnswer Add(DiffAnswer? answer, SpillEntry entry)
    {
        answer ??= new DiffAnswer(null, null, 0, null);
        if (entry.Tag == DeadLetterTag) return answer.Error is null ? answer with { Error = Encoding.UTF8.GetString(entry.Payload.Span) } : answer;
        // The first result is compared; the others are counted.
        if (answer.Results > 0) return answer with { Results = answer.Results + 1 };
        try
        {
            using JsonDocument result = JsonDocument.Parse(entry.Payload);
            return answer with { Results = 1, Score = _score.Number(result.RootElement), Decision = _decision.Text(result.RootElement) };
        }
        catch (JsonException)
        {
            // An encoder of the user's own: compared by its bytes, as a decision.
            return answer with { Results = 1, Decision = Encoding.UTF8.GetString(entry.Payload.Span) };
        }
    }
}
