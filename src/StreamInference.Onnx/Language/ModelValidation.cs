using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace StreamInference.Onnx.Language;

/// <summary>Holds a graph against its folder's configuration: what the graph lacks would make silent nonsense, so it is told before anything runs.</summary>
internal static class ModelValidation
{
    /// <summary>Faults that the file itself shows, before a session is made.</summary>
    public static void CheckScan(ModelFolder folder, GraphScan scan, List<string> faults, List<string> warnings)
    {
        if (scan.Has("PagedAttention"))
            faults.Add("the graph is for the paged executor on CUDA (PagedAttention), which this build does not have");
        if (scan.Has("MultiHeadAttention") || scan.Has("LongRopeAttention"))
            warnings.Add("the graph has attention operators whose cache handling is not checked");
        CheckWindow(folder, scan, faults, warnings);
    }

    /// <summary>Faults in the graph's inputs and outputs.</summary>
    public static void CheckSignature(ModelFolder folder, InferenceSession session, int layers, List<string> faults)
    {
        GraphNames names = folder.Names;
        HashSet<string> expected = [names.InputIds];
        if (names.AttentionMask is { } mask) expected.Add(mask);
        if (names.PositionIds is { } positions) expected.Add(positions);
        for (int buffer = 0; buffer < 2 * layers; buffer++)
        {
            expected.Add(names.Past(buffer));
            if (!session.OutputMetadata.ContainsKey(names.Present(buffer))) faults.Add($"the graph has no output {names.Present(buffer)}");
        }
        foreach (string name in expected.Where(name => !session.InputMetadata.ContainsKey(name))) faults.Add($"the graph has no input {name}");
        foreach (string name in session.InputMetadata.Keys.Where(name => !expected.Contains(name)))
            faults.Add($"the graph asks for {name}, which nothing here provides");
        if (!session.OutputMetadata.TryGetValue(names.Logits, out NodeMetadata? logits)) faults.Add($"the graph has no output {names.Logits}");
        else if (logits.ElementDataType != TensorElementType.Float) faults.Add($"logits are {logits.ElementDataType}; the processor needs float32");
        if (folder.Layers is { } configured && configured != layers) faults.Add($"the configuration has {configured} layers, the graph {layers}");
    }

    /// <summary>Faults in the shape of keys and values, and in the vocabulary.</summary>
    public static void CheckShapes(ModelFolder folder, KvShape shape, int vocabularySize, List<string> faults)
    {
        if (folder.KvHeads is { } heads && heads != shape.Heads) faults.Add($"the configuration has {heads} key/value heads, the graph {shape.Heads}");
        if (folder.HeadSize is { } size && size != shape.HeadSize) faults.Add($"the configuration has heads of {size}, the graph of {shape.HeadSize}");
        if (folder.VocabularySize is { } vocabulary && vocabulary > vocabularySize)
            faults.Add($"the configuration has {vocabulary} tokens, the graph's logits only {vocabularySize}");
    }

    private static void CheckWindow(ModelFolder folder, GraphScan scan, List<string> faults, List<string> warnings)
    {
        if (folder.SlidingWindow is not { } window || window >= (folder.ContextLength ?? int.MaxValue)) return;
        if (scan.Attention.Count == 0)
        {
            warnings.Add($"the model attends to a window of {window} tokens; whether this graph does cannot be seen");
            return;
        }
        for (int layer = 0; layer < scan.Attention.Count; layer++)
        {
            if (folder.WindowLayers is { } layers && !layers.Contains(layer)) continue;
            long has = scan.Attention[layer].Attribute("local_window_size", -1);
            if (has != window)
                faults.Add($"sliding_window: the configuration has {window} tokens, attention of layer {layer} has {(has < 0 ? "none" : has)}: the export dropped it");
        }
    }
}
