using System.Globalization;
using System.Text;

namespace StreamInference.Onnx.Tabular;

/// <summary>Turns the score into the members <c>decision</c> and <c>threshold</c>.</summary>
internal sealed class DecisionWriter
{
    private readonly DecisionDescription _description;
    private readonly byte[][] _members;

    internal DecisionWriter(DecisionDescription description)
    {
        _description = description;
        // Otherwise the threshold that decided is the last one, which the score did not reach.
        _members = [.. description.Thresholds.Select(threshold => Members(threshold.Name, threshold.At)), Members(description.Otherwise, description.Thresholds[^1].At)];
        Names = [.. description.Thresholds.Select(threshold => threshold.Name), description.Otherwise];
        LongestText = _members.Max(text => text.Length);
    }

    /// <summary>The decisions, the one that is made otherwise last.</summary>
    internal string[] Names { get; }

    internal int LongestText { get; }

    /// <summary>The decision's place among <see cref="Names"/>.</summary>
    internal int For(double score)
    {
        int index = 0;
        while (index < _description.Thresholds.Count && !Applies(score, _description.Thresholds[index].At)) index++;
        return index;
    }

    /// <summary>The members of a decision, commas first.</summary>
    internal ReadOnlySpan<byte> Text(int decision) => _members[decision];

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
