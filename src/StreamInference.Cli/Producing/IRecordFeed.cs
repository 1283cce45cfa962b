namespace StreamInference.Cli.Producing;

/// <summary>Where <c>produce</c> takes records from.</summary>
internal interface IRecordFeed
{
    /// <summary>The next record; false at the end.</summary>
    bool TryNext(out FeedRecord record);
}

/// <summary>A record to be produced.</summary>
/// <param name="Key">The key; null for none.</param>
/// <param name="Value">The value; null for a tombstone.</param>
/// <param name="Headers">The record's own headers; null for none.</param>
internal readonly record struct FeedRecord(byte[]? Key, byte[]? Value, IReadOnlyList<KeyValuePair<string, byte[]?>>? Headers = null);
