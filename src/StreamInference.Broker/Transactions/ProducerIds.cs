using StreamInference.Broker.State;

namespace StreamInference.Broker.Transactions;

/// <summary>Hands out producer ids, each once: they are reserved in the journal by blocks, so a restart skips a block.</summary>
internal sealed class ProducerIds(StateJournal journal)
{
    private const int Block = 1000;

    private long _next;
    private long _reserved;

    public long Take()
    {
        if (_next == _reserved)
        {
            _reserved += Block;
            journal.Write(ToEntry());
        }
        return _next++;
    }

    public ProducerIdsEntry ToEntry() => new() { Next = _reserved };

    public void Restore(ProducerIdsEntry entry)
    {
        _next = entry.Next;
        _reserved = entry.Next;
    }
}
