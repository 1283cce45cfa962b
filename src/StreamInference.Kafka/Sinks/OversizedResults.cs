namespace StreamInference.Kafka.Sinks;

/// <summary>
/// Finds the results that the broker takes for too large. It refuses whole sets of records, so a small result may fail in company; one that fails
/// alone is too large. Numbers are positions of results in the request. Worker loop only.
/// </summary>
/// <param name="batchSize">
/// The client's <c>batch.size</c>: a larger record always travels alone, so its failure is about itself.
/// </param>
internal sealed class OversizedResults(int batchSize)
{
    private readonly HashSet<int> _suspects = [];
    private readonly HashSet<int> _tooLarge = [];
    private readonly HashSet<int> _deadLettersTooLarge = [];
    private int _smallestTooLarge = int.MaxValue;

    /// <summary>Whether anything was ever refused in this request; the transaction is repeated without it.</summary>
    public bool HasNews { get; private set; }

    /// <summary>Whether a dead letter was refused even without its value: its headers alone are too large.</summary>
    public bool IsHopeless { get; private set; }

    /// <summary>Whether the result is known to be too large, itself or by a smaller one that was: its dead letter goes out instead.</summary>
    public bool IsTooLarge(int position, int size) => size >= _smallestTooLarge || _tooLarge.Contains(position);

    /// <summary>Whether the result must travel alone, so that its failure is about itself.</summary>
    public bool IsSuspect(int position) => _suspects.Contains(position);

    /// <summary>Whether the dead letter of the result was refused too: it goes out without the value.</summary>
    public bool IsDeadLetterTooLarge(int position) => _deadLettersTooLarge.Contains(position);

    /// <summary>Notes a refusal.</summary>
    /// <param name="position">Which result.</param>
    /// <param name="size">The bytes that were refused, without headers.</param>
    /// <param name="isDeadLetter">Whether its dead letter was refused, not the result itself.</param>
    public void Note(int position, int size, bool isDeadLetter)
    {
        if (size <= batchSize && !_suspects.Contains(position)) HasNews |= _suspects.Add(position);
        else if (!isDeadLetter) HasNews |= NoteTooLarge(position, size);
        else if (_deadLettersTooLarge.Add(position)) HasNews = true;
        else IsHopeless = true;
    }

    /// <summary>The transaction is about to be repeated with what is known now.</summary>
    public void BeginRepeat() => HasNews = false;

    /// <summary>The request is settled.</summary>
    public void Clear()
    {
        HasNews = IsHopeless = false;
        _suspects.Clear();
        _tooLarge.Clear();
        _deadLettersTooLarge.Clear();
        _smallestTooLarge = int.MaxValue;
    }

    private bool NoteTooLarge(int position, int size)
    {
        _smallestTooLarge = Math.Min(_smallestTooLarge, size);
        return _tooLarge.Add(position);
    }
}
