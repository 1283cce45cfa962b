using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime;

namespace StreamInference.Onnx.Sessions;

/// <summary>
/// Makes sessions: tries the providers in order of preference, keeps the cause of each refusal, and falls back to the processor unless a
/// provider is required.
/// </summary>
public sealed partial class OnnxSessionFactory
{
    // A model in memory has lost the folder that its external data is in.
    private const string ExternalDataFolder = "session.model_external_initializers_file_folder_path";

    private readonly ILogger _logger;

    /// <summary>Creates the factory.</summary>
    /// <param name="logger">Gets a line for each refused provider; null: none.</param>
    public OnnxSessionFactory(ILogger? logger = null)
    {
        _logger = logger ?? NullLogger.Instance;
    }

    /// <summary>
    /// Gives the session of a model file: where the process has one of the same file with equal options, that one (with its threads), else a new one. Each caller disposes
    /// what it gets.
    /// </summary>
    /// <exception cref="ModelLoadException">The file is missing, broken or too new, or the required provider is refused.</exception>
    public OnnxSession Create(string modelFile, OnnxSessionOptions options) => Create(modelFile, options, rewrite: null);

    /// <summary>The same for a model whose graph is changed before it is loaded.</summary>
    /// <param name="modelFile">The file; external data is beside it.</param>
    /// <param name="options">How.</param>
    /// <param name="rewrite">Gets the file's path and gives the changed model; null: the file is loaded as it is. A static method: sessions with another one are not shared.</param>
    internal OnnxSession Create(string modelFile, OnnxSessionOptions options, Func<string, byte[]?>? rewrite)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelFile);
        ArgumentNullException.ThrowIfNull(options);
        if (!File.Exists(modelFile)) throw new ModelLoadException($"The model file {modelFile} does not exist.");
        return SharedSessions.Take(new SessionKey(modelFile, rewrite, options), () => rewrite?.Invoke(modelFile) is { } changed
            ? Create(changed, modelFile, options with { ConfigEntries = new Dictionary<string, string>(options.ConfigEntries) { [ExternalDataFolder] = Path.GetDirectoryName(Path.GetFullPath(modelFile))! } })
            : Create(modelFile, options, sessionOptions => new InferenceSession(modelFile, sessionOptions), () => File.ReadAllBytes(modelFile)));
    }

    /// <summary>Makes a session of a model in memory; it shares nothing, and cannot refer to external data.</summary>
    /// <param name="model">The serialized model.</param>
    /// <param name="name">What messages call it: usually the file it came from.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ModelLoadException">The model is broken or too new, or the required provider is refused.</exception>
    public OnnxSession Create(byte[] model, string name, OnnxSessionOptions options) =>
        Create(name, options, sessionOptions => new InferenceSession(model, sessionOptions), () => model);

    private OnnxSession Create(string name, OnnxSessionOptions options, Func<SessionOptions, InferenceSession> make, Func<byte[]> model)
    {
        ArgumentNullException.ThrowIfNull(options);
        OnnxEnvironment.Ensure();
        if (options.LogRuntimeMessages) OnnxEnvironment.Listener ??= (_, message) => LogRuntimeMessage(message);
        List<ProviderRefusal> refusals = [];
        foreach (ExecutionProvider provider in Candidates(options))
        {
            if (provider == ExecutionProvider.Cpu) break;
            if (TryCreate(provider, options, make, out InferenceSession? session, out string reason)) return new OnnxSession(session!, provider, refusals, session!.Dispose);
            refusals.Add(new ProviderRefusal(provider, reason));
            LogRefusal(name, ExecutionProviders.NameOf(provider), reason);
        }

        if (options.Require is { } required && required != ExecutionProvider.Cpu)
            throw new ModelLoadException($"{name} requires {ExecutionProviders.NameOf(required)}, which is refused: {Because(refusals, required)}");
        InferenceSession onCpu = CreateOnCpu(name, options, make, model);
        return new OnnxSession(onCpu, ExecutionProvider.Cpu, refusals, onCpu.Dispose);
    }

    // The required provider alone, when there is one: a fallback would break the promise.
    private static IEnumerable<ExecutionProvider> Candidates(OnnxSessionOptions options) =>
        options.Require is { } required ? [required] : options.Providers.Distinct();

    private static string Because(List<ProviderRefusal> refusals, ExecutionProvider required) =>
        refusals.FirstOrDefault(refusal => refusal.Provider == required)?.Reason ?? "it was not tried";

    private static bool TryCreate(
        ExecutionProvider provider, OnnxSessionOptions options, Func<SessionOptions, InferenceSession> make, out InferenceSession? session, out string reason)
    {
        InferenceSession? made = null;
        string cause = "";
        OnnxEnvironment.Capture(() =>
        {
            try
            {
                using SessionOptions sessionOptions = Prepare(options);
                Append(sessionOptions, provider, options.DeviceId);
                made = make(sessionOptions);
            }
            catch (EntryPointNotFoundException)
            {
                cause = "this build has the CPU package of ONNX Runtime (build without -p:Gpu=false)";
            }
            catch (OnnxRuntimeException exception)
            {
                cause = ProviderCause.Find(provider, exception.Message, OnnxEnvironment.Captured);
            }
        });
        session = made;
        reason = cause;
        return made is not null;
    }

    private static InferenceSession CreateOnCpu(string name, OnnxSessionOptions options, Func<SessionOptions, InferenceSession> make, Func<byte[]> model)
    {
        try
        {
            using SessionOptions sessionOptions = Prepare(options);
            return make(sessionOptions);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelLoadException(ModelRefusal.Explain(name, exception.Message, OnnxModelHeader.Read(model())), exception);
        }
    }

    private static SessionOptions Prepare(OnnxSessionOptions options)
    {
        SessionOptions prepared = new()
        {
            IntraOpNumThreads = options.IntraOpThreads,
            InterOpNumThreads = options.InterOpThreads,
            ExecutionMode = options.InterOpThreads > 1 ? ExecutionMode.ORT_PARALLEL : ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = options.LogRuntimeMessages ? OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING : OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        prepared.AddSessionConfigEntry("session.intra_op.allow_spinning", options.AllowSpinning ? "1" : "0");
        prepared.AddSessionConfigEntry("session.inter_op.allow_spinning", options.AllowSpinning ? "1" : "0");
        foreach ((string key, string value) in options.ConfigEntries) prepared.AddSessionConfigEntry(key, value);
        return prepared;
    }

    private static void Append(SessionOptions options, ExecutionProvider provider, int device)
    {
        if (provider == ExecutionProvider.TensorRt) options.AppendExecutionProvider_Tensorrt(device);
        using OrtCUDAProviderOptions cuda = new();
        // TF32 rounds products to 10 bits: scores would then depend on the provider and on the batch.
        cuda.UpdateOptions(new Dictionary<string, string> { ["device_id"] = $"{device}", ["use_tf32"] = "0" });
        options.AppendExecutionProvider_CUDA(cuda);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Model} does not run on {Provider}: {Reason}")]
    private partial void LogRefusal(string model, string provider, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "ONNX Runtime: {Text}")]
    private partial void LogRuntimeMessage(string text);
}
