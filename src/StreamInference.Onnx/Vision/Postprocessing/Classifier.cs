namespace StreamInference.Onnx.Vision.Postprocessing;

/// <summary>What turns a classifier's raw outputs into scores.</summary>
public enum Activation
{
    /// <summary>The outputs are scores already.</summary>
    None,

    /// <summary>Classes exclude each other; the scores sum to one.</summary>
    Softmax,

    /// <summary>Each class on its own.</summary>
    Sigmoid,
}

/// <summary>A class of a picture.</summary>
/// <param name="ClassId">The class, from 0.</param>
/// <param name="Score">From 0 to 1.</param>
public readonly record struct Classification(int ClassId, float Score);

/// <summary>Picks the best classes of a picture. Not safe for two threads.</summary>
internal sealed class Classifier(Activation activation, int topK)
{
    private readonly List<Classification> _best = [];

    /// <summary>The best classes, the best first; equal scores in the order of the classes. Valid until the next call.</summary>
    /// <param name="outputs">One value per class.</param>
    public IReadOnlyList<Classification> Classify(ReadOnlySpan<float> outputs)
    {
        _best.Clear();
        for (int i = 0; i < outputs.Length; i++)
        {
            if (_best.Count == topK && !(outputs[i] > _best[^1].Score)) continue;
            int place = _best.Count;
            while (place > 0 && outputs[i] > _best[place - 1].Score) place--;
            _best.Insert(place, new(i, outputs[i]));
            if (_best.Count > topK) _best.RemoveAt(topK);
        }

        Activate(outputs);
        return _best;
    }

    private void Activate(ReadOnlySpan<float> outputs)
    {
        if (activation == Activation.None || _best.Count == 0) return;
        float largest = _best[0].Score, sum = 0;
        if (activation == Activation.Softmax)
            foreach (float output in outputs) sum += MathF.Exp(output - largest);
        for (int i = 0; i < _best.Count; i++)
        {
            float score = activation == Activation.Softmax ? MathF.Exp(_best[i].Score - largest) / sum : Grid.Sigmoid(_best[i].Score);
            _best[i] = _best[i] with { Score = score };
        }
    }
}
