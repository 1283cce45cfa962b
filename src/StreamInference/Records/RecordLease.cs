namespace StreamInference.Records;

/// <summary>
/// The memory behind the records of one poll. It belongs to the client library or to a pool, is read in place through spans, and goes back
/// when the last holder releases it.
/// </summary>
/// <remarks>
/// A new lease has one holder, whoever polled. <see cref="Retain"/> and <see cref="Release"/> are called by the worker loop only, so they are
/// not atomic; the spans may be read from the runner's thread while a holder exists.
/// </remarks>
public abstract class RecordLease
{
    private int _holders = 1;

    /// <summary>The key of record <paramref name="index"/>; empty when it is null or empty.</summary>
    public abstract ReadOnlySpan<byte> Key(int index);

    /// <summary>Whether record <paramref name="index"/> has a key (an empty key is a key).</summary>
    public abstract bool HasKey(int index);

    /// <summary>The value of record <paramref name="index"/>; empty when it is null or empty.</summary>
    public abstract ReadOnlySpan<byte> Value(int index);

    /// <summary>Whether record <paramref name="index"/> has a value (a null value is a tombstone).</summary>
    public abstract bool HasValue(int index);

    /// <summary>Finds the last header called <paramref name="name"/> (as Kafka readers do); false when there is none.</summary>
    /// <remarks>The span lives as long as the lease. A header with a null value is found with an empty span.</remarks>
    public abstract bool TryGetHeader(int index, string name, out ReadOnlySpan<byte> value);

    /// <summary>Appends copies of all headers of record <paramref name="index"/>, in order. Allocates: for dead letters and diagnostics.</summary>
    public abstract void CopyHeaders(int index, ICollection<KeyValuePair<string, byte[]?>> into);

    /// <summary>What the source itself found wrong with record <paramref name="index"/> (a torn row of a file); such a record never reaches the model.</summary>
    public virtual RecordError? Error(int index) => null;

    /// <summary>Adds a holder.</summary>
    public void Retain() => _holders++;

    /// <summary>Removes a holder; the last one gives the memory back.</summary>
    /// <exception cref="InvalidOperationException">The lease has no holder left.</exception>
    public void Release()
    {
        if (_holders <= 0) throw new InvalidOperationException("The lease was already given back.");
        if (--_holders == 0) GiveBack();
    }

    /// <summary>Makes a pooled lease usable again, with one holder.</summary>
    protected void Renew() => _holders = 1;

    /// <summary>Returns the memory to its owner. No span of this lease is read afterwards.</summary>
    protected abstract void GiveBack();
}
