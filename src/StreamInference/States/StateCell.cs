namespace StreamInference.States;

/// <summary>What a model remembers of one key. Owned by the runner of the key's partition.</summary>
public sealed class StateCell
{
    internal StateCell(byte[] key, byte[] value, long offset, long timestamp) => (Key, Value, Offset, Timestamp, Node) = (key, value, offset, timestamp, new(this));

    /// <summary>The records' key.</summary>
    public byte[] Key { get; }

    /// <summary>The state; its length never changes.</summary>
    public byte[] Value { get; }

    /// <summary>The offset of the last record that took part in it.</summary>
    public long Offset { get; internal set; }

    /// <summary>That record's timestamp, in milliseconds since the Unix epoch; -1: it had none.</summary>
    public long Timestamp { get; internal set; }

    internal LinkedListNode<StateCell> Node { get; }
}
