using System.Numerics;
using StreamInference.Onnx.Vision.Description;

namespace StreamInference.Onnx.Vision.Text;

/// <summary>
/// From a map of text probabilities to lines: connected pixels above a threshold, the smallest rectangle around each group, widened because
/// the map shows shrunken lines (differentiable binarization, Liao et al. 2020). Reuses its memory; called by the model's thread.
/// </summary>
internal sealed class TextRegionFinder(TextSpec spec)
{
    private const float LeastSide = 3;
    private const float LeastGrownSide = 5;

    // Taller than this part of its width, a box holds vertical text.
    private const float Tall = 1.5f;
    private readonly Stack<int> _open = new();
    private readonly List<Vector2> _outline = [];
    private bool[] _seen = [];
    private int[] _left = [], _right = [];

    /// <summary>Finds the lines.</summary>
    /// <param name="map">Probabilities, row by row.</param>
    /// <param name="width">Columns of the map.</param>
    /// <param name="lines">Takes boxes in the map's pixels.</param>
    public void Find(ReadOnlySpan<float> map, int width, List<RotatedBox> lines)
    {
        int height = map.Length / width;
        if (_seen.Length < map.Length) _seen = new bool[map.Length];
        if (_left.Length < height) (_left, _right) = (new int[height], new int[height]);
        Array.Clear(_seen);
        for (int at = 0; at < map.Length && lines.Count < spec.MaxLines; at++)
        {
            if (_seen[at] || !(map[at] > spec.PixelThreshold)) continue;
            // The mean over the group itself, not over its box: a line of a bent page fills little of its box.
            if (Fill(map, width, at) < spec.BoxThreshold) continue;
            var box = MinimumAreaBox.Around(_outline);
            if (Math.Min(box.Width, box.Height) < LeastSide) continue;
            box = box.Grow(box.Width * box.Height * spec.UnclipRatio / (2 * (box.Width + box.Height)));
            if (Math.Min(box.Width, box.Height) >= LeastGrownSide) lines.Add(box.Upright(Tall));
        }
    }

    // Collects the ends of each row of one group of connected pixels (its hull is theirs); gives the group's mean probability.
    private float Fill(ReadOnlySpan<float> map, int width, int start)
    {
        int height = map.Length / width, top = start / width, bottom = top;
        double sum = 0;
        int count = 0;
        (_left[top], _right[top]) = (int.MaxValue, int.MinValue);
        _open.Push(start);
        _seen[start] = true;
        while (_open.TryPop(out int at))
        {
            int x = at % width, y = at / width;
            sum += map[at];
            count++;
            for (; bottom < y; bottom++) (_left[bottom + 1], _right[bottom + 1]) = (int.MaxValue, int.MinValue);
            (_left[y], _right[y]) = (Math.Min(_left[y], x), Math.Max(_right[y], x));
            for (int ny = Math.Max(0, y - 1); ny <= Math.Min(height - 1, y + 1); ny++)
            {
                for (int nx = Math.Max(0, x - 1); nx <= Math.Min(width - 1, x + 1); nx++)
                {
                    int next = ny * width + nx;
                    if (_seen[next] || !(map[next] > spec.PixelThreshold)) continue;
                    _seen[next] = true;
                    _open.Push(next);
                }
            }
        }

        _outline.Clear();
        for (int y = top; y <= bottom; y++)
        {
            if (_right[y] < _left[y]) continue;
            _outline.Add(new(_left[y], y));
            _outline.Add(new(_right[y], y));
        }

        return (float)(sum / count);
    }
}
