using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StreamInference.Onnx.Sessions;

/// <summary>
/// Turns ONNX Runtime's telemetry off. It is on by default, writes below <c>~/.cache/Microsoft/DeveloperTools</c> and looks names up in DNS,
/// and reads its switch once, when the native library makes its environment.
/// </summary>
/// <remarks>
/// This assembly does it when it is loaded. An executable that can reach ONNX Runtime by another way calls <see cref="Disable"/> first.
/// </remarks>
public static partial class OrtTelemetry
{
    private const string Switch = "ORT_DISABLE_TELEMETRY";

    /// <summary>Sets the switch in the process's native environment. Works only before the first call into ONNX Runtime; harmless to repeat.</summary>
    public static void Disable()
    {
        // The managed call changes .NET's copy of the environment only; native code reads libc's.
        Environment.SetEnvironmentVariable(Switch, "1");
        if (!OperatingSystem.IsWindows()) _ = SetEnv(Switch, "1", 1);
    }

#pragma warning disable CA2255 // telemetry must be off before any type of this assembly can touch ONNX Runtime
    [ModuleInitializer]
    internal static void DisableAtLoad() => Disable();
#pragma warning restore CA2255

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
