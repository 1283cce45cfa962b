using StreamInference.LanguageBenchmarks;
using StreamInference.Onnx.Sessions;

// usage: StreamInference.LanguageBenchmarks SHARED [--threads n] [--repeats n] [scenario ...]
OrtTelemetry.Disable();
List<string> names = [.. args.Skip(1)];
int Take(string option, int otherwise)
{
    int at = names.IndexOf(option);
    if (at < 0) return otherwise;
    int value = int.Parse(names[at + 1], System.Globalization.CultureInfo.InvariantCulture);
    names.RemoveRange(at, 2);
    return value;
}

if (args.Length == 0 || !Directory.Exists(args[0]))
{
    Console.Error.WriteLine("The first argument is the folder of shared data (data/llm inside).");
    return 2;
}
Scenarios scenarios = new(args[0], Take("--threads", 1), Take("--repeats", 3));
if (names.Count == 0) names = ["batching", "batching-large", "single", "single-large", "single-llamacpp", "equal", "llamacpp", "prefix", "latency"];
foreach (string name in names) scenarios.Run(name);
return 0;
