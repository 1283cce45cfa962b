using System.Text.Json;
using StreamInference.Onnx.Language.Export;

namespace StreamInference.Onnx.Tests.Language;

/// <summary>
/// A Llama decoder in plain double precision, without cache and without a graph, to check exported graphs against. Rotary scaling is written after
/// its definitions: Chen et al., 2023 (linear), Peng et al., 2023, with transformers' ramp over dimensions (YaRN), and Meta's llama-models (llama3).
/// </summary>
internal sealed class ReferenceDecoder : IDisposable
{
    private readonly SafetensorsFile _weights;
    private readonly JsonElement _config;
    private readonly int _hidden;
    private readonly int _layers;
    private readonly int _heads;
    private readonly int _kvHeads;
    private readonly int _size;
    private readonly double[] _frequencies;
    private readonly double _factor;

    public ReferenceDecoder(string folder)
    {
        _weights = SafetensorsFile.Open(folder);
        _config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json"))).RootElement;
        (_hidden, _layers, _heads, _kvHeads) = (Int("hidden_size"), Int("num_hidden_layers"), Int("num_attention_heads"), Int("num_key_value_heads"));
        _size = _config.TryGetProperty("head_dim", out JsonElement size) ? size.GetInt32() : _hidden / _heads;
        (_frequencies, _factor) = Rope();
    }

    /// <summary>Logits behind the last token.</summary>
    public double[] LastLogits(int[] tokens)
    {
        double[] embedding = Tensor("model.embed_tokens.weight");
        double[][] x = [.. tokens.Select(t => embedding[(t * _hidden)..((t + 1) * _hidden)])];
        for (int layer = 0; layer < _layers; layer++) x = Layer($"model.layers.{layer}.", x);
        double[] head = _config.GetProperty("tie_word_embeddings").GetBoolean() ? embedding : Tensor("lm_head.weight");
        return Times(head, Norm(x[^1], Tensor("model.norm.weight")));
    }

    public void Dispose() => _weights.Dispose();

    private double[][] Layer(string prefix, double[][] x)
    {
        double[] input = Tensor(prefix + "input_layernorm.weight");
        double[][] attended = Attention(prefix + "self_attn.", [.. x.Select(row => Norm(row, input))]);
        double[] norm = Tensor(prefix + "post_attention_layernorm.weight"), gate = Tensor(prefix + "mlp.gate_proj.weight");
        double[] up = Tensor(prefix + "mlp.up_proj.weight"), down = Tensor(prefix + "mlp.down_proj.weight");
        return [.. x.Zip(attended, Sum).Select(row =>
        {
            double[] normalized = Norm(row, norm);
            double[] activated = [.. Times(gate, normalized).Zip(Times(up, normalized), (g, u) => g / (1 + Math.Exp(-g)) * u)];
            return Sum(row, Times(down, activated));
        })];
    }

    private double[][] Attention(string prefix, double[][] x)
    {
        double[] output = Tensor(prefix + "o_proj.weight");
        double[][] Project(double[] matrix) => [.. x.Select(row => Times(matrix, row))];
        double[][] q = Project(Tensor(prefix + "q_proj.weight")), k = Project(Tensor(prefix + "k_proj.weight")), v = Project(Tensor(prefix + "v_proj.weight"));
        for (int position = 0; position < x.Length; position++)
        {
            Rotate(q[position], position);
            Rotate(k[position], position);
        }
        return [.. Enumerable.Range(0, x.Length).Select(at =>
        {
            double[] joined = new double[_heads * _size];
            for (int head = 0; head < _heads; head++) Head(q[at], k, v, at, head).CopyTo(joined, head * _size);
            return Times(output, joined);
        })];
    }

    private double[] Head(double[] query, double[][] keys, double[][] values, int at, int head)
    {
        int from = head / (_heads / _kvHeads) * _size;
        double[] scores = new double[at + 1];
        for (int past = 0; past <= at; past++)
        {
            for (int i = 0; i < _size; i++) scores[past] += query[head * _size + i] * keys[past][from + i];
            scores[past] /= Math.Sqrt(_size);
        }
        double max = scores.Max(), sum = scores.Sum(s => Math.Exp(s - max));
        double[] result = new double[_size];
        for (int past = 0; past <= at; past++)
            for (int i = 0; i < _size; i++) result[i] += Math.Exp(scores[past] - max) / sum * values[past][from + i];
        return result;
    }

    private void Rotate(double[] row, int position)
    {
        int half = _size / 2;
        for (int start = 0; start < row.Length; start += _size)
        {
            for (int i = 0; i < half; i++)
            {
                (double sin, double cos) = Math.SinCos(position * _frequencies[i]);
                (double a, double b) = (row[start + i], row[start + half + i]);
                row[start + i] = (a * cos - b * sin) * _factor;
                row[start + half + i] = (b * cos + a * sin) * _factor;
            }
        }
    }

    private (double[] Frequencies, double Factor) Rope()
    {
        double theta = _config.TryGetProperty("rope_theta", out JsonElement set) ? set.GetDouble() : 10_000;
        double[] plain = new double[_size / 2];
        for (int i = 0; i < plain.Length; i++) plain[i] = 1 / Math.Pow(theta, 2.0 * i / _size);
        if (!_config.TryGetProperty("rope_scaling", out JsonElement scaling) || scaling.ValueKind != JsonValueKind.Object) return (plain, 1);
        double Of(string name, double otherwise) => scaling.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : otherwise;
        double factor = Of("factor", 1), original = Of("original_max_position_embeddings", Int("max_position_embeddings"));
        switch (scaling.GetProperty("rope_type").GetString())
        {
            case "linear":
                return ([.. plain.Select(f => f / factor)], 1);
            case "llama3":
                double low = Of("low_freq_factor", 1), high = Of("high_freq_factor", 4);
                return ([.. plain.Select(f =>
                {
                    // Turns within the original context, between the two bounds: from interpolated to as it was.
                    double kept = Math.Clamp((original * f / (2 * Math.PI) - low) / (high - low), 0, 1);
                    return kept * f + (1 - kept) * f / factor;
                })], 1);
            default:
                double Dimension(double turns) => _size * Math.Log(original / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
                bool whole = !scaling.TryGetProperty("truncate", out JsonElement truncate) || truncate.GetBoolean();
                double first = Dimension(Of("beta_fast", 32)), last = Dimension(Of("beta_slow", 1));
                first = Math.Max(0, whole ? Math.Floor(first) : first);
                last = Math.Min(_size - 1, whole ? Math.Ceiling(last) : last);
                double[] scaled = [.. plain.Select((f, i) =>
                {
                    double interpolated = Math.Clamp((i - first) / (last - first), 0, 1);
                    return interpolated * f / factor + (1 - interpolated) * f;
                })];
                return (scaled, Of("attention_factor", 0.1 * Math.Log(factor) + 1));
        }
    }

    private int Int(string name) => _config.GetProperty(name).GetInt32();

    private double[] Tensor(string name) => Array.ConvertAll(_weights.Read(name), value => (double)value);

    private double[] Norm(double[] x, double[] weight)
    {
        double scale = 1 / Math.Sqrt(x.Sum(v => v * v) / x.Length + _config.GetProperty("rms_norm_eps").GetDouble());
        return [.. x.Select((v, i) => v * scale * weight[i])];
    }

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private static double[] Times(double[] matrix, double[] x)
    {
        double[] product = new double[matrix.Length / x.Length];
        for (int row = 0; row < product.Length; row++)
            for (int i = 0; i < x.Length; i++) product[row] += matrix[row * x.Length + i] * x[i];
        return product;
    }
}
