using StreamInference.Commit;
using StreamInference.Kafka;
using StreamInference.Kafka.Native;
using StreamInference.Kafka.Sinks;

namespace StreamInference.Conformance.Progress;

/// <summary>Commits, but the answer to one commit is lost: it looks like a call that timed out.</summary>
internal sealed class LosesOneAnswer(ITransactionalProducer inner) : InterceptedProducer(inner, _ => { })
{
    private bool _isLost;

    /// <summary>The next answer gets lost.</summary>
    public bool Armed { get; set; }

    public override KafkaFailure? Commit(int timeoutMs)
    {
        if (_isLost)
        {
            _isLost = false;
            return null;
        }

        KafkaFailure? failure = base.Commit(timeoutMs);
        if (!Armed || failure is not null) return failure;
        Armed = false;
        _isLost = true;
        return new KafkaFailure(KafkaErrorCode.TimedOut, IsFatal: false, RequiresAbort: false, IsRetriable: true, "the answer was lost");
    }
}

/// <summary>
/// Sends its offsets as soon as a transaction begins and is stopped there: the group has let the transaction pass before its records exist. The
/// protocol allows that order; what keeps it safe is the order in which a new owner looks.
/// </summary>
internal sealed class SendsOffsetsEarly(ITransactionalProducer inner, StreamOwner owner, Action stopped) : InterceptedProducer(inner, _ => { })
{
    private bool _isSent;

    /// <summary>The next transaction sends its offsets early.</summary>
    public bool Armed { get; set; }

    public override KafkaFailure? Begin()
    {
        if (base.Begin() is { } failure) return failure;
        if (!Armed) return null;
        Armed = false;
        CommitRequest request = new();
        request.Offsets.Add(new PartitionOffset(owner.Assignment, 0));
        Assert.Null(GroupOffsets.Send(this, owner.Membership, request, ProtocolRules.All, 10_000));
        _isSent = true;
        stopped();
        return null;
    }

    public override KafkaFailure? SendOffsets(nint offsets, nint groupMetadata, int timeoutMs)
    {
        if (!_isSent) return base.SendOffsets(offsets, groupMetadata, timeoutMs);
        _isSent = false;
        return null;
    }
}
