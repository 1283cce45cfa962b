using System.Runtime.InteropServices;

namespace StreamInference.Onnx.Vision.Postprocessing;

/// <summary>
/// Greedy non-maximum suppression within each class: of boxes that overlap more than the threshold the one with the best score stays.
/// Ties are broken by the order in which the candidates came, so equal outputs give equal results.
/// </summary>
internal sealed class NonMaximumSuppression
{
    // Keeps the quadratic part small whatever a frame provokes; detectors give some hundred candidates.
    private const int MaxCandidates = 1000;
    private readonly List<(Detection Detection, int Order)> _sorted = [];
    private static readonly Comparison<(Detection Detection, int Order)> ByScore = static (a, b) =>
        b.Detection.Score.CompareTo(a.Detection.Score) is var order and not 0 ? order : a.Order.CompareTo(b.Order);

    /// <summary>Replaces the candidates by those that stay, the best first.</summary>
    /// <param name="detections">Candidates in, detections out.</param>
    /// <param name="threshold">Intersection over union above which a box is suppressed; 1 keeps all.</param>
    /// <param name="maxDetections">At most so many stay.</param>
    public void Apply(List<Detection> detections, float threshold, int maxDetections)
    {
        _sorted.Clear();
        for (int i = 0; i < detections.Count; i++) _sorted.Add((detections[i], i));
        _sorted.Sort(ByScore);
        detections.Clear();
        foreach (var (candidate, order) in CollectionsMarshal.AsSpan(_sorted)[..Math.Min(_sorted.Count, MaxCandidates)])
        {
            if (detections.Count >= maxDetections) break;
            if (!IsSuppressed(candidate, detections, threshold)) detections.Add(candidate);
        }
    }

    private static bool IsSuppressed(Detection candidate, List<Detection> kept, float threshold)
    {
        foreach (ref readonly var better in CollectionsMarshal.AsSpan(kept))
            if (better.ClassId == candidate.ClassId && better.Box.IntersectionOverUnion(candidate.Box) > threshold) return true;
        return false;
    }
}
