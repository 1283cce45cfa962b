namespace StreamInference.Cli.Producing;

/// <summary>Where <c>produce</c> takes records from.</summary>
internal interface IRecordFeed
{
    /// <summary>The next record; false at the end.</summary>
    bool TryNext(out byte[]? key, out byte[]? value);
}
