using System.Runtime.InteropServices;
using StreamInference.Cli;
using StreamInference.Onnx.Sessions;

OrtTelemetry.Disable();
using CancellationTokenSource interrupted = new();

// The first signal asks for an orderly stop; the second takes the default way and ends the process at once.
void OnSignal(PosixSignalContext context)
{
    if (interrupted.IsCancellationRequested) return;
    context.Cancel = true;
    interrupted.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
return await CliApplication.RunAsync(args, CliContext.ForProcess(interrupted.Token));
