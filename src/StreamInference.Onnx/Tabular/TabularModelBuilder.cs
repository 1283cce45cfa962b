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
    int? RowsPerRun,
    StateTensors? State,
    byte[] Sample);

/// <summary>Loads a model: description, session, shapes as runs show them, row independence, warm-up.</summary>
internal sealed partial class TabularModelBuilder(TabularModelOptions options)
{
    private const int ProbeRows = 3;
    private const int WarmUpRows = 64;

    private readonly ILogger _logger = options.Logger ?? NullLogger.Instance;

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
        OnnxSessionOptions sessionOptions = new()
        {
            Providers = options.Providers ?? description.Providers,
            Require = options.Require ?? description.Require,
            IntraOpThreads = description.Threads,
        };
        OnnxSession session = new OnnxSessionFactory(options.Logger).Create(file, sessionOptions, Rewrite);
        return (session, OnnxFile.Read(file, GraphRewriter.FindClasses));
    }

    private static byte[]? Rewrite(string file)
    {
        try
        {
            return OnnxFile.Read(file, GraphRewriter.Apply);
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
        InputTensor[] inputs = [.. signature.Inputs.Select(input => input.Create(capacity))];
        OutputTensor[] outputs = [.. shapes.Select(shape => TensorFactory.Output(shape.Type, shape.Name, shape.Width, capacity, shape.RowShape)!)];
        ModelTensors tensors = new(session.Session, inputs, outputs, constants, capacity, session.Provider != ExecutionProvider.Cpu);
        made.Add(tensors);
        RowIndependenceCheck check = signature.FixedRows is null
            ? RowIndependenceCheck.Run(tensors, signature.Inputs)
            : new RowIndependenceCheck(RowIndependence.Unknown, 0, 0);
        int? rowsPerRun = signature.FixedRows ?? (check.Verdict == RowIndependence.Dependent && !description.AllowRowDependence ? 1 : null);
        BatchExecutor executor = new(tensors, rowsPerRun, Canary(signature, tensors));
        made.Add(executor);
        ModelIdentity identity = new(description.Name, description.Version);
        RecordLayout layout = CompileLayout(description, signature, inputs);
        IRowDecoder decoder = CreateDecoder(description, layout, signature, inputs, capacity);
        ResultEncoding encoding = new(description, identity, ResultValues.Create(description, location.Description, tensors, classes), decoder, options);
        TimeSpan warmUp = WarmUp(signature, tensors, executor);
        LogLoaded(identity, session.Provider, check.Verdict, check.LargestDifference, rowsPerRun ?? capacity, warmUp.TotalMilliseconds);
        if (check.Verdict == RowIndependence.Dependent) LogDependent(identity, check.LargestDifference, rowsPerRun is null ? "as allow_row_dependence says" : "one at a time");
        byte[] sample = options.Decoder is null && options.Encoder is null ? SampleRecord.Create(layout) : [];
        StateTensors? state = StateTensors.Create(description.State, tensors, signature.Inputs);
        return new TabularModel(new TabularModelParts(description, identity, session, constants, tensors, executor, decoder, encoding, check, rowsPerRun, state, sample));
    }

    private RecordLayout CompileLayout(TabularModelDescription description, ModelSignature signature, InputTensor[] inputs)
    {
        var columns = inputs.SelectMany((tensor, index) => signature.Inputs[index].Columns().Select(column => (column.Feature, tensor, column.Column)));
        return RecordLayout.Compile(options.Decoder is null ? columns : [], description.Passthrough);
    }

    private IRowDecoder CreateDecoder(TabularModelDescription description, RecordLayout layout, ModelSignature signature, InputTensor[] inputs, int capacity)
    {
        JsonRowDecoder json = new(layout, new RowWriter(layout, capacity));
        if (options.Decoder is null) return json;
        InputTensor[] filled = [.. inputs.Where((_, index) => signature.Inputs[index].Description.Constant is null)];
        // A user's encoder takes from the record what it wants; then the record need not be JSON.
        bool passes = description.Passthrough.Count > 0 && options.Encoder is null;
        return new UserRowDecoder(options.Decoder, filled, passes ? json : null);
    }

    private static IReadOnlyList<OutputShape> ProbeOutputs(ModelSignature signature, InferenceSession session, ConstantInput[] constants)
    {
        int rows = signature.FixedRows ?? ProbeRows;
        InputTensor[] inputs = [.. signature.Inputs.Select(input => input.Create(rows))];
        SampleRows samples = new(signature.Inputs, inputs);
        for (int attempt = 0; attempt < SampleRows.Tries; attempt++)
        {
            foreach (InputTensor input in inputs) input.Clear();
            for (int row = 0; row < rows; row++) samples.Fill(row, SampleRows.ScaleOf(attempt));
            if (OutputProbe.Look(session, inputs, constants, signature.Outputs, rows) is { } shapes) return shapes;
        }

        return OutputProbe.Declared(session, signature.Outputs);
    }

    private static ModelTensors? Canary(ModelSignature signature, ModelTensors tensors)
    {
        if (signature.FixedRows is > 1) return null;
        ModelTensors canary = tensors.WithCapacity(1);
        SampleRows samples = new(signature.Inputs, canary.Inputs);
        for (int attempt = 0; attempt < SampleRows.Tries; attempt++)
        {
            canary.Clear();
            samples.Fill(0, SampleRows.ScaleOf(attempt));
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
    private static TimeSpan WarmUp(ModelSignature signature, ModelTensors tensors, BatchExecutor executor)
    {
        long start = Stopwatch.GetTimestamp();
        SampleRows samples = new(signature.Inputs, tensors.Inputs);
        int distinct = Math.Min(WarmUpRows, tensors.Capacity);
        tensors.Clear();
        for (int row = 0; row < distinct; row++) samples.Fill(row, 0.5);
        for (int row = distinct; row < tensors.Capacity; row += distinct) tensors.CopyInputs(tensors, 0, row, Math.Min(distinct, tensors.Capacity - row));
        // A model that takes few rows a run is as warm after one of them.
        int rows = executor.RowsPerRun ?? tensors.Capacity;
        for (int round = 0; round < 2; round++) executor.Run(Math.Min(rows, tensors.Capacity));
        return Stopwatch.GetElapsedTime(start);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Loaded {Model} on {Provider}: rows are {Verdict} (largest difference {Difference}), {RowsPerRun} rows a run, warmed up in {Milliseconds:F1} ms")]
    private partial void LogLoaded(ModelIdentity model, ExecutionProvider provider, RowIndependence verdict, double difference, int rowsPerRun, double milliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The rows of {Model} depend on the rows beside them (by up to {Difference}), so they run {How}")]
    private partial void LogDependent(ModelIdentity model, double difference, string how);
}
