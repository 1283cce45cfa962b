using System.Runtime.InteropServices;
using StreamInference.Cli;

using CancellationTokenSource interrupted = new();
int signal = 0;

// The first signal asks for an orderly stop; the second takes the default way and ends the process at once.
void OnSignal(PosixSignalContext context)
{
    if (Interlocked.CompareExchange(ref signal, context.Signal == PosixSignal.SIGTERM ? 2 : 1, 0) != 0) return;
    context.Cancel = true;
    interrupted.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
return await CliApplication.RunAsync(args, CliContext.ForProcess(interrupted.Token));
