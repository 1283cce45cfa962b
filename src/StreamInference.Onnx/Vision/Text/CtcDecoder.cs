using System.Text;
using StreamInference.Onnx.Vision.Postprocessing;

namespace StreamInference.Onnx.Vision.Text;

/// <summary>
/// Greedy decoding of connectionist temporal classification (Graves et al. 2006): the best class of each step, repeats and blanks left out.
/// Class 0 is the blank, then the characters, then the space.
/// </summary>
internal sealed class CtcDecoder(IReadOnlyList<string> characters)
{
    private readonly StringBuilder _text = new();

    /// <summary>Classes that a recognizer of these characters has.</summary>
    public int Classes => characters.Count + 2;

    /// <summary>Decodes one line.</summary>
    /// <param name="steps">Probabilities, <see cref="Classes"/> for each step.</param>
    /// <returns>The text, and the mean probability of its characters: 0 for no text.</returns>
    public (string Text, float Score) Decode(ReadOnlySpan<float> steps)
    {
        _text.Clear();
        int last = 0, count = 0;
        float sum = 0;
        for (; steps.Length >= Classes; steps = steps[Classes..])
        {
            int best = Grid.Best(steps[..Classes]);
            if (best != 0 && best != last)
            {
                _text.Append(best <= characters.Count ? characters[best - 1] : " ");
                sum += steps[best];
                count++;
            }

            last = best;
        }

        return (_text.ToString(), count == 0 ? 0 : sum / count);
    }
}
