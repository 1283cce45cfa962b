namespace StreamInference.Onnx.Language.Export;

/// <summary>
/// Rotary position embedding and its scaling to longer contexts: default, linear, llama3 and YaRN (Peng et al., 2023), as transformers'
/// modeling_rope_utils computes them.
/// </summary>
internal sealed record RotaryScaling
{
    public double Theta { get; init; } = 10_000;

    /// <summary>default, linear, llama3 or yarn.</summary>
    public string Type { get; init; } = "default";

    public double Factor { get; init; } = 1;

    public double OriginalLength { get; init; }

    public double LowFrequencyFactor { get; init; } = 1;

    public double HighFrequencyFactor { get; init; } = 4;

    public double BetaFast { get; init; } = 32;

    public double BetaSlow { get; init; } = 1;

    public double? AttentionFactor { get; init; }

    public bool Truncate { get; init; } = true;

    /// <summary>Explicit divisors of the frequencies (rope_freqs of a GGUF file).</summary>
    public float[]? FrequencyDivisors { get; init; }

    /// <summary>Cosines and sines [positions, width / 2]; pairs beyond the head size do not turn.</summary>
    public (float[] Cosines, float[] Sines) Table(int positions, int headSize, int width)
    {
        double[] frequencies = [.. Frequencies(headSize), .. new double[(width - headSize) / 2]];
        double factor = Type == "yarn" ? AttentionFactor ?? 0.1 * Math.Log(Factor) + 1 : 1;
        float[] cosines = new float[positions * frequencies.Length], sines = new float[cosines.Length];
        for (int position = 0, at = 0; position < positions; position++)
        {
            foreach (double frequency in frequencies)
            {
                cosines[at] = (float)(Math.Cos(position * frequency) * factor);
                sines[at++] = (float)(Math.Sin(position * frequency) * factor);
            }
        }
        return (cosines, sines);
    }

    /// <summary>Every value that cannot be.</summary>
    public IEnumerable<string> Faults()
    {
        foreach ((string name, double value) in new[] { ("rope_theta", Theta), ("rope factor", Factor), ("rope attention_factor", AttentionFactor ?? 1) })
            if (!(value > 0 && double.IsFinite(value))) yield return $"{name} is {value}";
        if (Type is "llama3" or "yarn" && !(OriginalLength > 0 && double.IsFinite(OriginalLength))) yield return $"original_max_position_embeddings is {OriginalLength}";
        if (Type == "llama3" && !(HighFrequencyFactor > LowFrequencyFactor && LowFrequencyFactor > 0))
            yield return $"low_freq_factor {LowFrequencyFactor} is not between 0 and high_freq_factor {HighFrequencyFactor}";
        if (Type == "yarn" && !(BetaFast > BetaSlow && BetaSlow > 0)) yield return $"beta_slow {BetaSlow} is not between 0 and beta_fast {BetaFast}";
    }

    public double[] Frequencies(int headSize)
    {
        double[] plain = [.. Enumerable.Range(0, headSize / 2).Select(i => Math.Pow(Theta, -2.0 * i / headSize))];
        if (FrequencyDivisors is { } divisors) return [.. plain.Select((f, i) => f / divisors[i])];
        return Type switch
        {
            "default" => plain,
            "linear" => [.. plain.Select(f => f / Factor)],
            "llama3" => [.. plain.Select(Llama3)],
            "yarn" => Yarn(plain, headSize),
            _ => throw new InvalidOperationException($"No rotary scaling {Type}."),
        };
    }

    private double Llama3(double frequency)
    {
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength < OriginalLength / HighFrequencyFactor) return frequency;
        if (wavelength > OriginalLength / LowFrequencyFactor) return frequency / Factor;
        double smooth = (OriginalLength / wavelength - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return (1 - smooth) * frequency / Factor + smooth * frequency;
    }

    private double[] Yarn(double[] plain, int headSize)
    {
        double low = CorrectionDimension(BetaFast, headSize), high = CorrectionDimension(BetaSlow, headSize);
        if (Truncate) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, headSize - 1));
        if (low == high) high += 0.001;
        return [.. plain.Select((frequency, i) =>
        {
            double ramp = Math.Clamp((i - low) / (high - low), 0, 1);
            return frequency / Factor * ramp + frequency * (1 - ramp);
        })];
    }

    private double CorrectionDimension(double rotations, int headSize)
        => headSize * Math.Log(OriginalLength / (rotations * 2 * Math.PI)) / (2 * Math.Log(Theta));
}
