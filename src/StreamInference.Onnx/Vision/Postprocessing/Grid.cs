namespace StreamInference.Onnx.Vision.Postprocessing;

/// <summary>What the decoders share.</summary>
internal static class Grid
{
    /// <summary>Cells along an axis: a last partial one counts.</summary>
    public static int Cells(int pixels, int stride) => (pixels + stride - 1) / stride;

    /// <summary>The index of the greatest value, the first of equal ones.</summary>
    public static int Best(ReadOnlySpan<float> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
            if (scores[i] > scores[best]) best = i;
        return best;
    }

    public static float Sigmoid(float value) => 1 / (1 + MathF.Exp(-value));
}
