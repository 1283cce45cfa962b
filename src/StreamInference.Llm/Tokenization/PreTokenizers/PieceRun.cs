using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.PreTokenizers;

/// <summary>One step of a pre-tokenizer: hands each part of a segment on to the step after it.</summary>
internal abstract class PreTokenizerStep
{
    /// <summary>Splits or rewrites a non-empty segment; <paramref name="depth"/> is this step's place and picks its scratch space.</summary>
    public abstract void Apply(TextSegment segment, int depth, PieceRun run);
}

/// <summary>Takes the finished pieces, in order.</summary>
internal interface IPieceSink
{
    void Piece(TextSegment piece);
}

/// <summary>
/// The scratch space of one walk through the pre-tokenizer, depth first: step k may use its own buffer until the steps after it
/// have taken the current part. Used by one call at a time.
/// </summary>
internal sealed class PieceRun(PreTokenizerStep[] steps)
{
    private readonly StepScratch[] _scratch = Array.ConvertAll(steps, _ => new StepScratch());

    public required IPieceSink Sink { get; set; }

    public StepScratch Scratch(int depth) => _scratch[depth];

    public void Next(TextSegment segment, int depth)
    {
        if (segment.IsEmpty)
            return;
        if (depth == steps.Length)
            Sink.Piece(segment);
        else
            steps[depth].Apply(segment, depth, this);
    }
}

/// <summary>What one step may need while it works on a segment.</summary>
internal sealed class StepScratch
{
    public RewriteBuffer Rewritten { get; } = new();

    public ShadowText Shadow { get; } = new();

    public List<Cut> Cuts { get; } = [];
}

/// <summary>A range of a segment and whether the pattern matched it.</summary>
internal readonly record struct Cut(int Start, int End, bool IsMatch);
