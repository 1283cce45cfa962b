namespace StreamInference.Kafka;

/// <summary>
/// The rules of exactly-once token streams as switches, all of them on. Nothing public turns one off: the conformance tests leave out one at a time
/// and show that the test of that rule notices.
/// </summary>
internal sealed record ProtocolRules
{
    /// <summary>Every rule kept.</summary>
    public static ProtocolRules All { get; } = new();

    /// <summary>A new owner takes the committed offset only when no open transaction can move it (OffsetFetch with require_stable, KIP-447).</summary>
    public bool StableCommittedOffset { get; init; } = true;

    /// <summary>A new owner takes the end of the progress after the committed offset, never before it.</summary>
    public bool EndAfterCommittedOffset { get; init; } = true;

    /// <summary>A new owner reads the progress to its true end, not to the last stable offset, which an open transaction holds back.</summary>
    public bool EndBehindOpenTransactions { get; init; } = true;

    /// <summary>A transaction sends the offset of every partition that it touches, moved or not: an empty list fences nobody.</summary>
    public bool UnmovedOffsets { get; init; } = true;

    /// <summary>Offsets are sent under a membership that the group can refuse: it takes those without a member's id from anyone.</summary>
    public bool NamedMember { get; init; } = true;

    /// <summary>A commit whose answer was lost stays undecided until it is answered; it is not taken for an abort.</summary>
    public bool UndecidedCommit { get; init; } = true;
}
