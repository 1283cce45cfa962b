using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime;
using StreamInference.Onnx.Descriptions;
using StreamInference.Onnx.Sessions;
using StreamInference.Runners;

namespace StreamInference.Onnx.Tabular;

/// <summary>What a loaded model is made of; the model owns it.</summary>
internal sealed record TabularModelParts(
    TabularModelDescription Description,
    ModelIdentity Identity,
    OnnxSession Session,
    IReadOnlyList<ConstantInput> Constants,
    ModelTensors Tensors,
    BatchExecutor Executor,
    IRowDecoder Decoder,
    ResultEncoding Encoding,
    RowIndependenceCheck RowIndependence,
    int? RowsPerRun);

/// <summary>Loads a model: description, session, shapes as runs show them, row independence, warm-up.</summary>
internal sealed partial class TabularModelBuilder(TabularModelOptions options)
{
    private const int ProbeRows = 3;
    private const int ProbeTries = 16;

    private readonly ILogger _logger = options.Logger ?? NullLogger.Instance;

    // Fixed, so that a model is judged the same at every start.
    private readonly Random _random = new(20_240_229);

    internal TabularModel Load(string path)
    {
        ModelLocation location = ModelRepository.Resolve(path, options.Version);
        TabularModelDescription description = TabularDescriptionReader.ReadFile(location.Description);
        CheckAgainstFolder(description, location);
        (OnnxSession session, IReadOnlyDictionary<string, ClassColumns> classes) = CreateSession(description, location);
        List<IDisposable> made = [session];
        try
        {
            return Build(description, location, session, classes, made);
        }
        catch
        {
            made.Reverse();
            foreach (IDisposable part in made) part.Dispose();
            throw;
        }
    }

    private void CheckAgainstFolder(TabularModelDescription description, ModelLocation location)
    {
        DescriptionErrors errors = new(location.Description);
        if (location.Version is { } version && version != description.Version)
            errors.Add($"version: is {description.Version} in the folder of version {version}");
        if (description.Inputs.Count == 0 && options.Decoder is null) errors.Add("inputs: is missing; only a model with a decoder of your own needs none");
        errors.ThrowIfAny();
    }

    private (OnnxSession Session, IReadOnlyDictionary<string, ClassColumns> Classes) CreateSession(TabularModelDescription description, ModelLocation location)
    {
        string file = Path.Combine(location.Folder, description.File);
        if (!File.Exists(file)) throw new ModelLoadException($"The model file {file} does not exist.");
        OnnxSessionFactory factory = new(options.Logger);
        OnnxSessionOptions sessionOptions = new()
        {
            Providers = options.Providers ?? description.Providers,
            Require = options.Require ?? description.Require,
            IntraOpThreads = description.Threads,
        };
        // A model in memory has lost the folder that its external weights are in.
        OnnxSessionOptions inMemory = sessionOptions with { ConfigEntries = new Dictionary<string, string> { ["session.model_external_initializers_file_folder_path"] = location.Folder } };
        return Rewrite(file) is { } rewritten
            ? (factory.Create(rewritten.Model, file, inMemory), rewritten.Classes)
            : (factory.Create(file, sessionOptions), new Dictionary<string, ClassColumns>());
    }

    private static (byte[] Model, IReadOnlyDictionary<string, ClassColumns> Classes)? Rewrite(string file)
    {
        try
        {
            return GraphRewriter.Apply(File.ReadAllBytes(file));
        }
        catch (InvalidDataException)
        {
            // Not a model: the session says so in better words.
            return null;
        }
    }

    private TabularModel Build(
        TabularModelDescription description, ModelLocation location, OnnxSession session, IReadOnlyDictionary<string, ClassColumns> classes, List<IDisposable> made)
    {
        ModelSignature signature = ModelSignature.Match(description, location.Description, session.Session);
        ConstantInput[] constants = [.. signature.Constants.Select(constant => ConstantInputs.Create(constant.Description, constant.Metadata))];
        made.AddRange(constants.Select(constant => constant.Value));
        IReadOnlyList<OutputShape> shapes = ProbeOutputs(signature, session.Session, constants);
        int capacity = description.MaxBatchSize;
        InputTensor[] inputs = [.. signature.Inputs.Select(input => Rows(input, capacity))];
        OutputTensor[] outputs = [.. shapes.Select(shape => TensorFactory.Output(shape.Type, shape.Name, shape.Width, capacity, shape.RowShape)!)];
        ModelTensors tensors = new(session.Session, inputs, outputs, constants, capacity, session.Provider != ExecutionProvider.Cpu);
        made.Add(tensors);
        RowIndependenceCheck check = signature.FixedRows is null
            ? RowIndependenceCheck.Run(tensors, (into, row, scale) => FillSample(signature, into.Inputs, row, scale))
            : new RowIndependenceCheck(RowIndependence.Unknown, 0, 0);
        int? rowsPerRun = signature.FixedRows ?? (check.Verdict == RowIndependence.Dependent && !description.AllowRowDependence ? 1 : null);
        BatchExecutor executor = new(tensors, rowsPerRun, Canary(signature, tensors));
        made.Add(executor);
        ModelIdentity identity = new(description.Name, description.Version);
        IRowDecoder decoder = CreateDecoder(description, signature, inputs, capacity);
        ResultEncoding encoding = new(description, identity, ResultValues.Create(description, location.Description, tensors, classes), decoder, options);
        TimeSpan warmUp = WarmUp(signature, tensors, executor);
        LogLoaded(identity, session.Provider, check.Verdict, check.LargestDifference, rowsPerRun ?? capacity, warmUp.TotalMilliseconds);
        if (check.Verdict == RowIndependence.Dependent) LogDependent(identity, check.LargestDifference, rowsPerRun is null ? "as allow_row_dependence says" : "one at a time");
        return new TabularModel(new TabularModelParts(description, identity, session, constants, tensors, executor, decoder, encoding, check, rowsPerRun));
    }

    private static InputTensor Rows(RowInput input, int capacity)
    {
        InputTensor tensor = TensorFactory.Input(input.Type, input.Description.Tensor, input.Width, capacity, input.RowShape)!;
        if (input.Description.Constant is { } constant)
        {
            for (int row = 0; row < capacity; row++) tensor.SetMissing(row, 0, constant);
        }

        return tensor;
    }

    private IRowDecoder CreateDecoder(TabularModelDescription description, ModelSignature signature, InputTensor[] inputs, int capacity)
    {
        if (options.Decoder is not null) return new UserRowDecoder(options.Decoder, [.. inputs.Where((_, index) => signature.Inputs[index].Description.Constant is null)]);
        RecordLayout layout = RecordLayout.Compile(inputs.SelectMany((tensor, index) => Columns(signature.Inputs[index].Description, tensor)), description.Passthrough);
        return new JsonRowDecoder(layout, new RowWriter(layout, capacity));
    }

    private static IEnumerable<(FeatureDescription Description, InputTensor Tensor, int Column)> Columns(InputDescription input, InputTensor tensor)
    {
        int column = 0;
        foreach (FeatureDescription feature in input.Features)
        {
            yield return (feature, tensor, column);
            column += feature.Transforms.Count > 0 ? feature.Transforms[0].Width : 1;
        }
    }

    private void FillSample(ModelSignature signature, IReadOnlyList<InputTensor> inputs, int row, double scale)
    {
        for (int index = 0; index < inputs.Count; index++)
        {
            InputDescription input = signature.Inputs[index].Description;
            if (input.Constant is { } constant) inputs[index].SetMissing(row, 0, constant);
            foreach ((FeatureDescription feature, InputTensor tensor, int column) in Columns(input, inputs[index]))
                new FeatureColumn(feature, tensor, column).SetSample(row, _random, scale);
        }
    }

    private IReadOnlyList<OutputShape> ProbeOutputs(ModelSignature signature, InferenceSession session, ConstantInput[] constants)
    {
        int rows = signature.FixedRows ?? ProbeRows;
        InputTensor[] inputs = [.. signature.Inputs.Select(input => Rows(input, rows))];
        for (int attempt = 0; attempt < ProbeTries; attempt++)
        {
            foreach (InputTensor input in inputs) input.Clear();
            // Smaller values each time: a model that looks categories up fails beyond its table.
            for (int row = 0; row < rows; row++) FillSample(signature, inputs, row, 1.0 / (1 + attempt));
            if (OutputProbe.Look(session, inputs, constants, signature.Outputs, rows) is { } shapes) return shapes;
        }

        return OutputProbe.Declared(session, signature.Outputs);
    }

    private ModelTensors? Canary(ModelSignature signature, ModelTensors tensors)
    {
        if (signature.FixedRows is > 1) return null;
        ModelTensors canary = tensors.WithCapacity(1);
        for (int attempt = 0; attempt < ProbeTries; attempt++)
        {
            canary.Clear();
            FillSample(signature, canary.Inputs, 0, 1.0 / (1 + attempt));
            try
            {
                canary.Run(1);
                return canary;
            }
            catch (OnnxRuntimeException)
            {
                // The next row may be more to its liking.
            }
        }

        canary.Dispose();
        return null;
    }

    // The first run of a shape plans its memory, and on a GPU it chooses kernels: traffic must not pay for that.
    private TimeSpan WarmUp(ModelSignature signature, ModelTensors tensors, BatchExecutor executor)
    {
        long start = Stopwatch.GetTimestamp();
        tensors.Clear();
        for (int row = 0; row < tensors.Capacity; row++) FillSample(signature, tensors.Inputs, row, 0.5);
        int rows = signature.FixedRows ?? tensors.Capacity;
        for (int round = 0; round < 2; round++) executor.Run(Math.Min(rows, tensors.Capacity));
        return Stopwatch.GetElapsedTime(start);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Loaded {Model} on {Provider}: rows are {Verdict} (largest difference {Difference}), {RowsPerRun} rows a run, warmed up in {Milliseconds:F1} ms")]
    private partial void LogLoaded(ModelIdentity model, ExecutionProvider provider, RowIndependence verdict, double difference, int rowsPerRun, double milliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The rows of {Model} depend on the rows beside them (by up to {Difference}), so they run {How}")]
    private partial void LogDependent(ModelIdentity model, double difference, string how);
}
