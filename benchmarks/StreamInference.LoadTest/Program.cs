using System.CommandLine;
using Spectre.Console;
using StreamInference.Broker;
using StreamInference.LoadTest;
using StreamInference.LoadTest.Frames;
using StreamInference.LoadTest.Load;
using StreamInference.LoadTest.Systems;
using StreamInference.LoadTest.Tokens;
using StreamInference.Onnx.Sessions;

OrtTelemetry.Disable();

RootCommand root = new("Load tests of the pipeline: named scenarios with baselines in the same run. Exit code 1: a run lost or repeated something.")
{
    RunCommand(),
    TokensCommand(),
    VisionCommand(),
    SystemCommand("system", "Runs one system under test: ours, copy, naive, file, model, replay, replay-2.", fixedName: null),
    SystemCommand("peer", "Runs ours with a bare ONNX file and a list of fields, with the options that other systems take.", fixedName: "ours"),
    BrokerCommand(),
};
return await root.Parse(args).InvokeAsync();

static Command RunCommand()
{
    Argument<string[]> scenarios = new("scenario") { Description = $"Names or files: {string.Join(", ", Scenario.Known())}.", Arity = ArgumentArity.OneOrMore };
    Option<string?> bootstrap = new("--bootstrap-servers") { Description = "A Kafka cluster; by default the embedded broker in a process of its own." };
    Option<string> headers = new("--headers") { Description = "Headers of results: standard, source or none.", DefaultValueFactory = _ => "standard" };
    Command command = new("run", "Runs scenarios and prints their tables as Markdown.") { scenarios, bootstrap, headers };
    command.SetAction(async (parsed, stop) =>
    {
        string? servers = parsed.GetValue(bootstrap);
        SystemProcess? broker = null;
        if (servers is null) (broker, servers) = await SystemProcess.StartBrokerAsync(stop);
        using (broker)
        {
            using Cluster cluster = new(servers);
            bool clean = true;
            foreach (string name in parsed.GetValue(scenarios)!)
            {
                ScenarioRunner runner = new(Scenario.Load(name), cluster, parsed.GetValue(headers)!, stop);
                AnsiConsole.Profile.Width = 200;
                AnsiConsole.Write(await runner.RunAsync());
                clean &= runner.IsClean;
            }

            return clean ? 0 : 1;
        }
    });
    return command;
}

static Command TokensCommand()
{
    Option<string?> bootstrap = new("--bootstrap-servers") { Description = "A Kafka cluster; by default the embedded broker in a process of its own." };
    Option<string> tokenizer = new("--tokenizer") { Description = "A folder with tokenizer.json and tokenizer_config.json.", Required = true };
    Option<int> commit = new("--commit-ms") { Description = "The commit interval.", DefaultValueFactory = _ => 40 };
    Option<int> rounds = new("--rounds") { Description = "Rounds of the throughput, engine alone and pipeline in turns.", DefaultValueFactory = _ => 7 };
    Command command = new("tokens", "Token streams against the same engine without Kafka: throughput, first token, restore.") { bootstrap, tokenizer, commit, rounds };
    command.SetAction(async (parsed, stop) =>
    {
        string? servers = parsed.GetValue(bootstrap);
        SystemProcess? broker = null;
        if (servers is null) (broker, servers) = await SystemProcess.StartBrokerAsync(stop);
        using (broker)
        {
            using Cluster cluster = new(servers);
            using TokenModel model = new(parsed.GetValue(tokenizer)!);
            TokenScenarios scenarios = new(cluster, model, TimeSpan.FromMilliseconds(parsed.GetValue(commit)));
            await scenarios.ThroughputAsync(parsed.GetValue(rounds), requests: 48, tokens: 192);
            await scenarios.FirstTokenAsync(requests: 60, tokens: 32, TimeSpan.FromMilliseconds(200));
            await scenarios.RestoreAsync(streams: TokenModel.Slots, tokens: 500);
            return 0;
        }
    });
    return command;
}

static Command VisionCommand()
{
    Argument<string[]> models = new("model") { Description = "Folders of vision models, with versions in them.", Arity = ArgumentArity.OneOrMore };
    Option<string?> bootstrap = new("--bootstrap-servers") { Description = "A Kafka cluster; by default the embedded broker in a process of its own." };
    Option<string> pictures = new("--pictures") { Description = "A folder of JPEG pictures; they become 640 x 480.", Required = true };
    Option<int> frames = new("--frames") { Description = "Frames of a round.", DefaultValueFactory = _ => 600 };
    Option<int> rounds = new("--rounds") { DefaultValueFactory = _ => 3 };
    Option<int> commit = new("--commit-ms") { Description = "The commit interval.", DefaultValueFactory = _ => 50 };
    Option<string?> memory = new("--memory") { Description = "A model through which 50,000 frames go, to see that memory stays flat." };
    Command command = new("vision", "Frames through the stream against the model alone: throughput, decoding, latency, memory.") { models, bootstrap, pictures, frames, rounds, commit, memory };
    command.SetAction(async (parsed, stop) =>
    {
        string? servers = parsed.GetValue(bootstrap);
        SystemProcess? broker = null;
        if (servers is null) (broker, servers) = await SystemProcess.StartBrokerAsync(stop);
        using (broker)
        {
            using Cluster cluster = new(servers);
            FrameScenarios scenarios = new(cluster, TimeSpan.FromMilliseconds(parsed.GetValue(commit)));
            byte[][] jpegs = FramePictures.Load(parsed.GetValue(pictures)!, 640, 480, 64);
            foreach (string model in parsed.GetValue(models)!)
            {
                FrameScenarios.Decoding(model, jpegs);
                double most = await scenarios.ThroughputAsync(model, jpegs, parsed.GetValue(frames), parsed.GetValue(rounds));
                await scenarios.LatencyAsync(model, jpegs, most / 2, seconds: 15);
            }

            if (parsed.GetValue(memory) is { } small) await scenarios.MemoryAsync(small, 50_000);
            return 0;
        }
    });
    return command;
}

static Command SystemCommand(string name, string description, string? fixedName)
{
    Argument<string> system = new("name");
    Option<string> bootstrap = new("--bootstrap") { Required = true }, input = new("--input") { Required = true }, output = new("--output") { Required = true };
    Option<string> group = new("--group") { Required = true }, model = new("--model") { DefaultValueFactory = _ => "" };
    Option<string> features = new("--features") { DefaultValueFactory = _ => "" }, headers = new("--headers") { DefaultValueFactory = _ => "none" };
    Option<int> commit = new("--commit-ms") { DefaultValueFactory = _ => 100 }, batch = new("--batch") { DefaultValueFactory = _ => 2048 };
    Option<int> threads = new("--threads") { DefaultValueFactory = _ => 1 };
    Option<long> exitAfter = new("--exit-after");
    Command command = new(name, description) { bootstrap, input, output, group, model, features, commit, batch, threads, exitAfter, headers };
    if (fixedName is null) command.Arguments.Add(system);
    command.SetAction(async (parsed, stop) =>
    {
        SystemOptions options = new()
        {
            Bootstrap = parsed.GetValue(bootstrap)!,
            Input = parsed.GetValue(input)!,
            Output = parsed.GetValue(output)!,
            Group = parsed.GetValue(group)!,
            Model = parsed.GetValue(model)!,
            Features = parsed.GetValue(features)!.Split(',', StringSplitOptions.RemoveEmptyEntries),
            CommitMs = parsed.GetValue(commit),
            Batch = parsed.GetValue(batch),
            Threads = parsed.GetValue(threads),
            ExitAfter = parsed.GetValue(exitAfter),
            Headers = parsed.GetValue(headers)!,
        };
        switch (fixedName ?? parsed.GetValue(system))
        {
            case "ours":
                await PipelineSystem.RunAsync("ours", options, () => Models.Load(options), stop);
                return 0;
            case "copy":
                await PipelineSystem.RunAsync("copy", options, () => new CopyModel(options.Batch), stop);
                return 0;
            case "replay":
            case "replay-2":
                await ReplaySystem.RunAsync(parsed.GetValue(system)!, options, stop);
                return 0;
            case "naive":
                NaiveSystem.Run(options, stop);
                return 0;
            case "file":
                await FileScoringSystem.RunAsync(options, stop);
                return 0;
            case "model":
                ModelSystem.Run(options);
                return 0;
            default:
                await Console.Error.WriteLineAsync("The systems are ours, copy, naive, file, model, replay and replay-2.");
                return 2;
        }
    });
    return command;
}

static Command BrokerCommand()
{
    Command command = new("broker", "Runs the embedded broker, for the process that started it.") { Hidden = true };
    command.SetAction(async (_, stop) =>
    {
        await using EmbeddedBroker broker = await EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions { DefaultRetentionBytes = 4L << 30 }, stop);
        Console.WriteLine(broker.BootstrapServers);
        await Task.Delay(Timeout.Infinite, stop);
        return 0;
    });
    return command;
}
