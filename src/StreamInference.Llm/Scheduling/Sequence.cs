using StreamInference.Llm.Engine;
using StreamInference.Llm.KvCache;
using StreamInference.Llm.Sampling;

namespace StreamInference.Llm.Scheduling;

internal enum SequenceStatus
{
    Waiting,
    Running,
    Finished,
}

/// <summary>
/// One choice of a request: its tokens, how many of them are computed, and the memory it holds. There is no prefill or decode phase: computed
/// tokens catch up with tokens.
/// </summary>
internal sealed class Sequence
{
    private int[] _tokens;

    public Sequence(RequestState request, int choice, ReadOnlySpan<int> resumed, int capacity)
    {
        Request = request;
        Choice = choice;
        PromptLength = request.Prompt.Length;
        _tokens = new int[Math.Max(capacity, PromptLength + resumed.Length)];
        request.Prompt.CopyTo(_tokens, 0);
        resumed.CopyTo(_tokens.AsSpan(PromptLength));
        Length = PromptLength + resumed.Length;
        Node = new LinkedListNode<Sequence>(this);
    }

    // What it is.
    public RequestState Request { get; }

    public int Choice { get; }

    public int PromptLength { get; }

    // What it has made: changed by the engine when a step commits.
    public int Length { get; private set; }

    public int OutputCount => Length - PromptLength;

    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Length);

    public SequenceStatus Status { get; set; } = SequenceStatus.Waiting;

    public ITokenTextDecoder? Decoder { get; set; }

    public StopStringBuffer? Stops { get; set; }

    public TimeSpan? Queued { get; set; }

    public TimeSpan? TimeToFirstToken { get; set; }

    public int CachedTokens { get; set; }

    // What it holds: changed by the KV cache manager only.
    public int Computed { get; set; }

    public int Slot { get; set; } = -1;

    public int[] Blocks { get; private set; } = [];

    public int BlockCount { get; set; }

    public List<PrefixNode> Path { get; } = [];

    // Where it waits: changed by the waiting queue only.
    public LinkedListNode<Sequence> Node { get; }

    public long DeferredInStep { get; set; } = -1;

    public int Remaining => Length - Computed;

    public void Append(int token)
    {
        if (Length == _tokens.Length) Array.Resize(ref _tokens, Length * 2);
        _tokens[Length++] = token;
    }

    public void AddBlock(int block)
    {
        if (BlockCount == Blocks.Length)
        {
            int[] grown = new int[Math.Max(8, BlockCount * 2)];
            Blocks.CopyTo(grown, 0);
            Blocks = grown;
        }
        Blocks[BlockCount++] = block;
    }
}
