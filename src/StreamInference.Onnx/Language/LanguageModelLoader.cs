using Microsoft.ML.OnnxRuntime;
using StreamInference.Llm.ChatTemplates;
using StreamInference.Llm.Execution;
using StreamInference.Llm.Tokenization;
using StreamInference.Onnx.Language.Export;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Language;

/// <summary>Loads language models as their users have them: folders of the GenAI builder and Olive, of Optimum and transformers, and our own exports.</summary>
public static class LanguageModelLoader
{
    private const int DefaultMaxLength = 4096;
    private const long MixedWeightLimit = 512L << 20;

    /// <summary>
    /// Loads a folder, checks it against its own configuration, and lays out the KV cache. A checkpoint (.gguf, llama2.c's .bin, or a folder of safetensors
    /// without a graph) is exported to a temporary folder first, its weights as it stores them.
    /// </summary>
    /// <exception cref="ModelLoadException">The folder cannot be served; every fault found is told.</exception>
    /// <exception cref="TokenizerFormatException">Its tokenizer cannot be read.</exception>
    public static LanguageModel Load(string folder, LanguageModelOptions? options = null)
    {
        options ??= new LanguageModelOptions();
        if (!NeedsExport(folder)) return LoadFolder(folder, options);
        string made = Directory.CreateTempSubdirectory("streaminfer-").FullName;
        try
        {
            LanguageModelExporter.Export(folder, made, new LanguageModelExportOptions { ExactActivations = options.ExactActivations });
            return LoadFolder(made, options with { Name = options.Name ?? Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(folder)) });
        }
        finally
        {
            // The session has mapped or copied what it needs; on Linux a mapped file outlives its name.
            Directory.Delete(made, recursive: true);
        }
    }

    private static bool NeedsExport(string path)
        => File.Exists(path) || (Directory.Exists(path) && Directory.GetFiles(path, "*.safetensors").Length > 0 && Directory.GetFiles(path, "*.onnx").Length == 0);

    private static LanguageModel LoadFolder(string folder, LanguageModelOptions options)
    {
        ModelFolder known = ModelFolder.Read(folder);
        List<string> faults = [], warnings = [];
        GraphScan scan = GraphScan.Read(known.GraphFile);
        ModelValidation.CheckScan(known, scan, faults, warnings);
        Refuse(folder, faults);
        LanguageTokenizer tokenizer = TokenizerLoader.Load(folder);
        ChatTemplate? template = LoadTemplate(folder, warnings);
        OnnxSession session = new OnnxSessionFactory().Create(known.GraphFile, new OnnxSessionOptions { IntraOpThreads = options.Threads });
        try
        {
            known = Adapt(known, session.Session);
            return Build(known, scan, session, tokenizer, template, options, faults, warnings);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static LanguageModel Build(ModelFolder folder, GraphScan scan, OnnxSession session, LanguageTokenizer tokenizer,
        ChatTemplate? template, LanguageModelOptions options, List<string> faults, List<string> warnings)
    {
        int layers = CountLayers(folder.Names, session.Session);
        if (layers == 0) faults.Add($"the graph has no input {folder.Names.Past(0)}: it was exported without a cache (text-generation-with-past)");
        if (!folder.IsPacked) ModelValidation.CheckSignature(folder, session.Session, layers, faults);
        Refuse(folder.Path, faults);
        NodeMetadata keys = session.Session.InputMetadata[folder.Names.Past(0)];
        KvShape shape = ShapeOf(folder, keys, layers, faults);
        int vocabulary = session.Session.OutputMetadata[folder.Names.Logits].Dimensions[^1];
        if (vocabulary <= 0) vocabulary = folder.VocabularySize ?? 0;
        ModelValidation.CheckShapes(folder, shape, vocabulary, faults);
        if (tokenizer.VocabularySize > vocabulary)
            warnings.Add($"the tokenizer has {tokenizer.VocabularySize} tokens, the model {vocabulary}: prompts with the rest are refused");
        int context = Math.Min(folder.ContextLength ?? DefaultMaxLength, RotaryLength(scan) ?? int.MaxValue);
        KvCacheLayout layout = KvPlan.Layout(shape, options, context, out int maxLength, faults);
        Refuse(folder.Path, faults);
        string name = options.Name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.Path)));
        SlotCache cache = new(shape, layout.MaxSequences, maxLength, layout.BlockSize, layout.BlockCount);
        bool shared = scan.Attention.Count > 0;
        LanguageGraph graph = folder.IsPacked ? new PackedGraph(session, LoadMixed(folder, options), cache, vocabulary)
            : shared ? new SharedBufferGraph(session, folder.Names, cache, keys.ElementDataType, vocabulary)
            : new ConcatGraph(session, folder.Names, cache, keys.ElementDataType, vocabulary);
        ModelProfile profile = new()
        {
            Name = name,
            VocabularySize = vocabulary,
            MaxSequenceLength = maxLength,
            EosTokenIds = folder.EosTokenIds,
        };
        LanguageModelDescription description = new()
        {
            Name = name,
            Folder = folder.Path,
            Architecture = folder.Architecture,
            GraphKind = folder.IsPacked ? graph.Mixes ? "packed, mixed" : "packed" : shared ? "shared-buffer" : "concat",
            Precision = PrecisionOf(scan, keys),
            ContextLength = context,
            VocabularySize = vocabulary,
            KvShape = shape,
            Cache = layout,
            MaxSequenceLength = maxLength,
            WeightBytes = WeightBytes(folder.GraphFile),
            WeightCopies = graph.Mixes ? 2 : 1,
            Warnings = warnings,
        };
        return new LanguageModel(new SlotExecutor(profile, layout, graph, cache), tokenizer, template, description);
    }

    private static OnnxSession? LoadMixed(ModelFolder folder, LanguageModelOptions options)
    {
        string file = Path.Combine(folder.Path, PackedGraphNames.MixedFile);
        bool wanted = options.MixedSteps ?? WeightBytes(folder.GraphFile) <= MixedWeightLimit;
        if (!wanted || !File.Exists(file) || options.MaxSequences < 2) return null;
        return new OnnxSessionFactory().Create(file, new OnnxSessionOptions { IntraOpThreads = options.Threads });
    }

    // A model without its template still completes text.
    private static ChatTemplate? LoadTemplate(string folder, List<string> warnings)
    {
        try
        {
            return ChatTemplate.LoadIfPresent(folder);
        }
        catch (TokenizerFormatException e)
        {
            warnings.Add($"its chat template cannot be used: {e.Message}");
            return null;
        }
    }

    private static ModelFolder Adapt(ModelFolder folder, InferenceSession session)
    {
        if (folder.IsGenAi || folder.IsPacked) return folder;
        GraphNames names = folder.Names with
        {
            PositionIds = session.InputMetadata.ContainsKey("position_ids") ? "position_ids" : null,
            AttentionMask = session.InputMetadata.ContainsKey("attention_mask") ? "attention_mask" : null,
        };
        return folder with { Names = names };
    }

    private static int CountLayers(GraphNames names, InferenceSession session)
    {
        int layers = 0;
        while (session.InputMetadata.ContainsKey(names.Past(2 * layers))) layers++;
        return layers;
    }

    private static KvShape ShapeOf(ModelFolder folder, NodeMetadata keys, int layers, List<string> faults)
    {
        int[] dimensions = keys.Dimensions;
        if (dimensions.Length != 4) faults.Add($"keys have {dimensions.Length} dimensions, 4 are expected [batch, heads, length, head size]");
        int heads = dimensions.Length == 4 && dimensions[1] > 0 ? dimensions[1] : folder.KvHeads ?? 0;
        int size = dimensions.Length == 4 && dimensions[3] > 0 ? dimensions[3] : folder.HeadSize ?? 0;
        if (heads <= 0 || size <= 0) faults.Add("neither graph nor configuration tells the key/value heads and their size");
        return new KvShape(layers, heads, size, NativeTensor.SizeOf(keys.ElementDataType));
    }

    private static int? RotaryLength(GraphScan scan)
    {
        foreach (GraphScan.AttentionNode node in scan.Attention)
            if (node.Inputs.Count > 7 && scan.InitializerShapes.TryGetValue(node.Inputs[7], out IReadOnlyList<long>? cosines)) return (int)cosines[0];
        return null;
    }

    private static string PrecisionOf(GraphScan scan, NodeMetadata keys)
    {
        if (scan.QuantizedBits.Count > 0) return $"int{scan.QuantizedBits.MaxBy(p => p.Value).Key}";
        return keys.ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float16 ? "fp16" : "fp32";
    }

    private static long WeightBytes(string graphFile)
        => Directory.EnumerateFiles(Path.GetDirectoryName(graphFile)!, "*.onnx*").Sum(file => new FileInfo(file).Length);

    private static void Refuse(string folder, List<string> faults)
    {
        if (faults.Count > 0) throw new ModelLoadException($"{folder} cannot be served: {string.Join("; ", faults)}.");
    }
}
