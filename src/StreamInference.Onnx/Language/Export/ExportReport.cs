using StreamInference.Llm.Execution;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language.Export;

/// <summary>How far an exported graph is from the checkpoint in float32, over a text.</summary>
/// <param name="Tokens">Positions compared.</param>
/// <param name="LargestLogitDifference">Largest difference of any logit.</param>
/// <param name="TopAgreement">Share of positions at which both give the same most likely token.</param>
/// <param name="Perplexity">Of the export; 1 is certainty.</param>
/// <param name="ReferencePerplexity">Of the checkpoint in float32.</param>
public sealed record ExportReport(int Tokens, double LargestLogitDifference, double TopAgreement, double Perplexity, double ReferencePerplexity)
{
    /// <summary>Compares <paramref name="exported"/> with <paramref name="reference"/>, token after token of one text.</summary>
    /// <exception cref="ModelLoadException">A model does not run.</exception>
    public static ExportReport Compare(LanguageModel exported, LanguageModel reference, IReadOnlyList<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(exported);
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(tokens);
        int count = Math.Min(tokens.Count, Math.Min(exported.Description.MaxSequenceLength, reference.Description.MaxSequenceLength));
        double largest = 0, loss = 0, referenceLoss = 0;
        int agreed = 0;
        for (int at = 0; at + 1 < count; at++)
        {
            ReadOnlySpan<float> ours = Next(exported, tokens[at], at), theirs = Next(reference, tokens[at], at);
            for (int i = 0; i < ours.Length; i++) largest = Math.Max(largest, Math.Abs(ours[i] - theirs[i]));
            if (Best(ours) == Best(theirs)) agreed++;
            loss += Loss(ours, tokens[at + 1]);
            referenceLoss += Loss(theirs, tokens[at + 1]);
        }
        int compared = Math.Max(1, count - 1);
        return new ExportReport(compared, largest, (double)agreed / compared, Math.Exp(loss / compared), Math.Exp(referenceLoss / compared));
    }

    private static ReadOnlySpan<float> Next(LanguageModel model, int token, int past)
    {
        StepBatch batch = new();
        int[] blocks = new int[model.Executor.Cache.BlocksFor(past + 1)];
        batch.Add(0, past, [token], blocks, needsLogits: true);
        ExecutionResult result = model.Executor.Execute(batch);
        return result.Outcome == ExecutionOutcome.Completed ? model.Executor.Logits(0) : throw new ModelLoadException($"{model.Description.Name} does not run: {result.Detail}");
    }

    private static int Best(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best]) best = i;
        return best;
    }

    private static double Loss(ReadOnlySpan<float> logits, int token)
    {
        double max = logits[Best(logits)], sum = 0;
        foreach (float logit in logits) sum += Math.Exp(logit - max);
        return max + Math.Log(sum) - logits[token];
    }
}
