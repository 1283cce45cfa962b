using System.Globalization;

namespace StreamInference.Cli.Demo;

/// <summary>
/// Checks what exactly-once promises a read-committed reader: each input record has one result or one dead letter, and no more. Records are
/// named by the header <c>si-source</c>. Several threads may call it.
/// </summary>
internal sealed class OnceVerifier
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Topic, int Partition), Partition> _partitions = [];

    /// <summary>Input records that were acknowledged.</summary>
    public long Expected { get; private set; }

    /// <summary>Of them, those that have an answer.</summary>
    public long Answered { get; private set; }

    /// <summary>Answers beyond the first of their record.</summary>
    public long Repeated { get; private set; }

    /// <summary>Answers that name no input record, or a record that was never acknowledged.</summary>
    public long Unknown
    {
        get
        {
            lock (_lock) return _malformed + _partitions.Values.Sum(p => p.AnsweredOnly);
        }
    }

    /// <summary>Acknowledged records without an answer.</summary>
    public long Missing
    {
        get
        {
            lock (_lock) return Expected - Answered;
        }
    }

    private long _malformed;

    /// <summary>An input record was acknowledged.</summary>
    public void Expect(string topic, int partition, long offset)
    {
        lock (_lock)
        {
            Expected++;
            if (PartitionOf(topic, partition).Expect(offset)) Answered++;
        }
    }

    /// <summary>A result or a dead letter was read.</summary>
    public void Answer(string? source)
    {
        lock (_lock)
        {
            if (!TryParse(source, out string topic, out int partition, out long offset))
            {
                _malformed++;
                return;
            }

            switch (PartitionOf(topic, partition).Answer(offset))
            {
                case true:
                    Answered++;
                    break;
                case null:
                    Repeated++;
                    break;
            }
        }
    }

    private Partition PartitionOf(string topic, int partition)
    {
        if (!_partitions.TryGetValue((topic, partition), out Partition? found)) _partitions[(topic, partition)] = found = new Partition();
        return found;
    }

    private static bool TryParse(string? source, out string topic, out int partition, out long offset)
    {
        (topic, partition, offset) = ("", 0, 0);
        if (source?.Split('/') is not [var name, var number, var position]) return false;
        topic = name;
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out partition)
            && long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out offset);
    }

    /// <summary>Two bits for each offset: acknowledged, answered. Answers may be read before the producer hears of its record.</summary>
    private sealed class Partition
    {
        private const byte Acknowledged = 1;
        private const byte HasAnswer = 2;

        private byte[] _flags = new byte[4096];

        /// <summary>Answers of records that were not acknowledged (yet).</summary>
        public long AnsweredOnly { get; private set; }

        /// <summary>Whether the record had its answer already.</summary>
        public bool Expect(long offset)
        {
            ref byte flags = ref At(offset);
            flags |= Acknowledged;
            if ((flags & HasAnswer) == 0) return false;
            AnsweredOnly--;
            return true;
        }

        /// <summary>True: the first answer of an acknowledged record; false: of another; null: not the first.</summary>
        public bool? Answer(long offset)
        {
            ref byte flags = ref At(offset);
            if ((flags & HasAnswer) != 0) return null;
            flags |= HasAnswer;
            if ((flags & Acknowledged) != 0) return true;
            AnsweredOnly++;
            return false;
        }

        private ref byte At(long offset)
        {
            if (offset >= _flags.Length) Array.Resize(ref _flags, checked((int)Math.Max(_flags.Length * 2L, offset + 1)));
            return ref _flags[offset];
        }
    }
}
