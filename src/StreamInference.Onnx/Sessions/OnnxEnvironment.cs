using Microsoft.ML.OnnxRuntime;

namespace StreamInference.Onnx.Sessions;

/// <summary>
/// The process's one ONNX Runtime environment, made with a logging function of ours: the cause of a refused provider comes through it and
/// through nothing else.
/// </summary>
internal static class OnnxEnvironment
{
    private static readonly Lock Gate = new();

    // Native code holds the function for as long as the process lives.
    private static readonly DOrtLoggingFunction Logging = OnMessage;
    private static bool _ready;

    // Messages of the running attempt; set and read by the thread that makes the session.
    [ThreadStatic]
    private static List<string>? _captured;

    /// <summary>Receives ONNX Runtime's warnings and errors when a session asked for them; null: they are dropped.</summary>
    internal static Action<OrtLoggingLevel, string>? Listener { get; set; }

    /// <summary>Makes the environment unless the process has one.</summary>
    internal static void Ensure()
    {
        if (Volatile.Read(ref _ready)) return;
        lock (Gate)
        {
            if (_ready) return;
            OrtTelemetry.Disable();
            // Made by other code of the process: its messages go where that code sends them, the cause then comes from the loader alone.
            if (!OrtEnv.IsCreated)
            {
                EnvironmentCreationOptions options = new()
                {
                    logId = "streaminference",
                    logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING,
                    loggingFunction = Logging,
                };
                OrtEnv.CreateInstanceWithOptions(ref options);
            }

            _ready = true;
        }
    }

    /// <summary>Runs <paramref name="action"/> and gives what ONNX Runtime logged on this thread meanwhile.</summary>
    internal static IReadOnlyList<string> Capture(Action action)
    {
        List<string> captured = [];
        _captured = captured;
        try
        {
            action();
        }
        finally
        {
            _captured = null;
        }

        return captured;
    }

    /// <summary>What was logged on this thread since the running <see cref="Capture"/> began.</summary>
    internal static IReadOnlyList<string> Captured => _captured ?? (IReadOnlyList<string>)[];

    private static void OnMessage(IntPtr parameter, OrtLoggingLevel severity, string category, string logId, string codeLocation, string message)
    {
        // An exception must not travel through native frames, so nothing in here can throw but the listener, which is ours.
        _captured?.Add(message);
        Listener?.Invoke(severity, message);
    }
}
