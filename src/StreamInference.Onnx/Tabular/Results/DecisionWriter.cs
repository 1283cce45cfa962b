using System.Globalization;
using System.Text;

namespace StreamInference.Onnx.Tabular;

/// <summary>Turns the score into the members <c>decision</c> and <c>threshold</c>.</summary>
internal sealed class DecisionWriter
{
    private readonly DecisionDescription _description;
    private readonly byte[][] _applies;
    private readonly byte[] _otherwise;

    internal DecisionWriter(DecisionDescription description)
    {
        _description = description;
        _applies = [.. description.Thresholds.Select(threshold => Members(threshold.Name, threshold.At))];
        // The threshold that decided: the last one, which the score did not reach.
        _otherwise = Members(description.Otherwise, description.Thresholds[^1].At);
        LongestText = _applies.Append(_otherwise).Max(text => text.Length);
    }

    internal int LongestText { get; }

    /// <summary>The members, commas first.</summary>
    internal ReadOnlySpan<byte> For(double score)
    {
        for (int index = 0; index < _applies.Length; index++)
            if (Applies(score, _description.Thresholds[index].At)) return _applies[index];
        return _otherwise;
    }

    private bool Applies(double score, double threshold) => _description.When switch
    {
        ThresholdComparison.AtLeast => score >= threshold,
        ThresholdComparison.Above => score > threshold,
        ThresholdComparison.AtMost => score <= threshold,
        _ => score < threshold,
    };

    private static byte[] Members(string name, double threshold) =>
        [.. ",\"decision\":"u8, .. ResultValue.Quoted(name), .. ",\"threshold\":"u8, .. Encoding.ASCII.GetBytes(threshold.ToString(CultureInfo.InvariantCulture))];
}
