namespace StreamInference.Onnx.Language.Export;

/// <summary>
/// Attention heads widened with zeros to a size that GroupQueryAttention takes (a multiple of 16). Zeros add nothing to scores and outputs; the scale
/// of the scores stays that of the true size.
/// </summary>
internal sealed class PaddedHeads : IWeightSource
{
    private const int Multiple = 16;

    private readonly IWeightSource _inner;
    private readonly DecoderConfig _config;
    private readonly int _width;

    private PaddedHeads(IWeightSource inner, DecoderConfig config, int width) => (_inner, _config, _width) = (inner, config, width);

    public IReadOnlyCollection<string> Names => _inner.Names;

    /// <summary>The weights and configuration to write, widened where the head size asks for it.</summary>
    public static (DecoderConfig Config, IWeightSource Weights) For(DecoderConfig config, IWeightSource weights)
    {
        int width = (config.HeadSize + Multiple - 1) / Multiple * Multiple;
        if (width == config.HeadSize) return (config, weights);
        DecoderConfig wide = config with { HeadSize = width, TrueHeadSize = config.HeadSize };
        return (wide, new PaddedHeads(weights, config, width));
    }

    public IReadOnlyList<long> ShapeOf(string name) => _inner.ShapeOf(name);

    // Blocks lie along what is widened in the output projection; the others are small matrices here.
    public BlockMatrix? ReadBlocks(string name) => name.Contains("self_attn.", StringComparison.Ordinal) ? null : _inner.ReadBlocks(name);

    public float[] Read(string name)
    {
        float[] values = _inner.Read(name);
        if (name.Contains("self_attn.q_proj", StringComparison.Ordinal)) return WidenRows(values, _config.Heads, rotated: true);
        if (name.Contains("self_attn.k_proj", StringComparison.Ordinal)) return WidenRows(values, _config.KvHeads, rotated: true);
        if (name.Contains("self_attn.v_proj", StringComparison.Ordinal)) return WidenRows(values, _config.KvHeads, rotated: false);
        return name.EndsWith("self_attn.o_proj.weight", StringComparison.Ordinal) ? WidenColumns(values) : values;
    }

    public void Dispose() => _inner.Dispose();

    private float[] WidenRows(float[] values, int heads, bool rotated)
    {
        int size = _config.HeadSize, columns = values.Length / (heads * size);
        float[] wide = new float[heads * _width * columns];
        for (int head = 0; head < heads; head++)
            for (int row = 0; row < size; row++)
                values.AsSpan((head * size + row) * columns, columns).CopyTo(wide.AsSpan((head * _width + Target(row, rotated)) * columns));
        return wide;
    }

    private float[] WidenColumns(float[] values)
    {
        int size = _config.HeadSize, rows = _config.HiddenSize;
        float[] wide = new float[rows * _config.Heads * _width];
        for (int row = 0; row < rows; row++)
            for (int head = 0; head < _config.Heads; head++)
                values.AsSpan((row * _config.Heads + head) * size, size).CopyTo(wide.AsSpan((row * _config.Heads + head) * _width));
        return wide;
    }

    // Halves are rotated against each other: each half is widened, so that partners stay partners.
    private int Target(int row, bool rotated)
        => rotated && !_config.RotaryInterleaved && row >= _config.HeadSize / 2 ? row + (_width - _config.HeadSize) / 2 : row;
}
