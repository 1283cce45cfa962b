using BenchmarkDotNet.Running;
using StreamInference.Onnx.Sessions;

OrtTelemetry.Disable();
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
