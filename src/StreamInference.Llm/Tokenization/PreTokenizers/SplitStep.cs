using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.PreTokenizers;

/// <summary>What becomes of the delimiter that a split finds.</summary>
internal enum SplitBehavior
{
    Isolated,
    Removed,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// <summary>Splits on a pattern.</summary>
internal sealed class SplitStep(Regex pattern, SplitBehavior behavior, bool invert = false, CategoryTables tables = CategoryTables.Runtime) : PreTokenizerStep
{
    public override void Apply(TextSegment segment, int depth, PieceRun run)
    {
        ShadowText? shadow = null;
        if (segment.Text.ContainsAnyInRange('\ud800', '\udfff'))
        {
            shadow = run.Scratch(depth).Shadow;
            shadow.Build(segment.Text, tables);
        }

        if (behavior == SplitBehavior.Isolated)
            Isolate(segment, shadow, depth, run);
        else
            Merge(segment, shadow, depth, run);
    }

    private void Isolate(TextSegment segment, ShadowText? shadow, int depth, PieceRun run)
    {
        var text = shadow is null ? segment.Text : shadow.Text;
        int from = 0;
        foreach (var match in pattern.EnumerateMatches(text))
        {
            if (match.Length == 0)
                continue;
            run.Next(Slice(segment, shadow, from, match.Index), depth + 1);
            from = match.Index + match.Length;
            run.Next(Slice(segment, shadow, match.Index, from), depth + 1);
        }

        run.Next(Slice(segment, shadow, from, text.Length), depth + 1);
    }

    private void Merge(TextSegment segment, ShadowText? shadow, int depth, PieceRun run)
    {
        var cuts = run.Scratch(depth).Cuts;
        FindCuts(shadow is null ? segment.Text : shadow.Text, cuts);
        int kept = behavior switch
        {
            SplitBehavior.Removed => DropMatches(CollectionsMarshal.AsSpan(cuts)),
            SplitBehavior.MergedWithNext => MergeBackward(CollectionsMarshal.AsSpan(cuts)),
            _ => MergeForward(CollectionsMarshal.AsSpan(cuts)),
        };
        for (int i = 0; i < kept; i++)
            run.Next(Slice(segment, shadow, cuts[i].Start, cuts[i].End), depth + 1);
    }

    private void FindCuts(ReadOnlySpan<char> text, List<Cut> cuts)
    {
        cuts.Clear();
        int from = 0;
        foreach (var match in pattern.EnumerateMatches(text))
        {
            if (match.Length == 0)
                continue;
            if (match.Index > from)
                cuts.Add(new Cut(from, match.Index, invert));
            from = match.Index + match.Length;
            cuts.Add(new Cut(match.Index, from, !invert));
        }

        if (from < text.Length)
            cuts.Add(new Cut(from, text.Length, invert));
    }

    private static int DropMatches(Span<Cut> cuts)
    {
        int kept = 0;
        foreach (var cut in cuts)
        {
            if (!cut.IsMatch)
                cuts[kept++] = cut;
        }

        return kept;
    }

    // Contiguous joins equals; MergedWithPrevious joins a delimiter to what is not one before it.
    private int MergeForward(Span<Cut> cuts)
    {
        int kept = 0;
        bool previous = false;
        foreach (var cut in cuts)
        {
            bool joins = behavior == SplitBehavior.Contiguous ? cut.IsMatch == previous : cut.IsMatch && !previous;
            if (joins && kept > 0)
                cuts[kept - 1] = cuts[kept - 1] with { End = cut.End };
            else
                cuts[kept++] = cut;
            previous = cut.IsMatch;
        }

        return kept;
    }

    private static int MergeBackward(Span<Cut> cuts)
    {
        int kept = cuts.Length;
        bool previous = false;
        for (int i = cuts.Length - 1; i >= 0; i--)
        {
            var cut = cuts[i];
            if (cut.IsMatch && !previous && kept < cuts.Length)
                cuts[kept] = cuts[kept] with { Start = cut.Start };
            else
                cuts[--kept] = cut;
            previous = cut.IsMatch;
        }

        cuts[kept..].CopyTo(cuts);
        return cuts.Length - kept;
    }

    private static TextSegment Slice(TextSegment segment, ShadowText? shadow, int start, int end) =>
        shadow is null ? segment.Slice(start, end) : segment.Slice(shadow.Original(start), shadow.Original(end));
}
