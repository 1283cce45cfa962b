#!/usr/bin/env dotnet
#:project ../../src/StreamInference.Simulation/StreamInference.Simulation.csproj
#:property RestorePackagesWithLockFile=false

// Writes simulated transactions with labels, one JSON object a line, for the training scripts:
//   dotnet run models/training/simulate.cs -- SEED FIRST COUNT > transactions.jsonl
using System.Buffers;
using System.Globalization;
using StreamInference.Simulation;

ulong seed = ulong.Parse(args[0], CultureInfo.InvariantCulture);
long first = long.Parse(args[1], CultureInfo.InvariantCulture);
long count = long.Parse(args[2], CultureInfo.InvariantCulture);
TransactionSimulator simulator = new(new SimulatorOptions { Seed = seed, IncludeLabel = true });
for (long i = 0; i < first; i++) simulator.Next();
using Stream output = Console.OpenStandardOutput();
ArrayBufferWriter<byte> lines = new(1 << 20);
ArrayBufferWriter<byte> keys = new();
for (long i = 0; i < count; i++)
{
    simulator.WriteNext(lines, keys);
    keys.ResetWrittenCount();
    lines.Write("\n"u8);
    if (lines.WrittenCount < (1 << 20) - 4_096) continue;
    output.Write(lines.WrittenSpan);
    lines.ResetWrittenCount();
}

output.Write(lines.WrittenSpan);
