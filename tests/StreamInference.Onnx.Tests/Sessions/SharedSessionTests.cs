using System.Text;
using System.Text.Json.Nodes;
using StreamInference.Llm.Engine;
using StreamInference.Onnx.Language;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Tabular;
using StreamInference.Onnx.Tests.Language;
using StreamInference.Onnx.Tests.Tabular;
using StreamInference.Onnx.Vision;
using StreamInference.Onnx.Vision.Description;
using StreamInference.Records;
using StreamInference.Runners;
using StreamInference.Simulation.Vision;
using StreamInference.TestKit;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Onnx.Tests.Sessions;

/// <summary>The workers of a pipeline share the session of their model, and nothing else of it.</summary>
public sealed class SharedSessionTests : IDisposable
{
    private const int AtOnce = 4;
    private const int Rounds = 8;

    private static readonly OnnxSessionOptions Options = new();
    private static readonly string Models = Path.Combine(SharedData.RepositoryRoot, "models");

    private readonly TemporaryFolder _folder = new();
    private readonly string _file;

    public SharedSessionTests() => _file = _folder.Write("model.onnx", TinyOnnx.Identity(2).ToBytes());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_with_equal_options_has_one_session()
    {
        using OnnxSession one = Create(new OnnxSessionOptions { Providers = [ExecutionProvider.Cpu], ConfigEntries = Entries("session.a", "session.b") });
        using OnnxSession other = Create(new OnnxSessionOptions { Providers = [ExecutionProvider.Cpu], ConfigEntries = Entries("session.b", "session.a") });

        Assert.Same(one.Session, other.Session);
    }

    [Fact]
    public void Other_options_another_path_and_a_file_that_was_replaced_have_sessions_of_their_own()
    {
        using OnnxSession first = Create(Options);
        using OnnxSession threads = Create(Options with { IntraOpThreads = 2 });
        using OnnxSession providers = Create(Options with { Providers = [] });
        using OnnxSession entries = Create(Options with { ConfigEntries = Entries("session.a") });
        using OnnxSession copy = new OnnxSessionFactory().Create(_folder.Write("copy.onnx", TinyOnnx.Identity(2).ToBytes()), Options);
        using OnnxSession rewritten = new OnnxSessionFactory().Create(_file, Options, File.ReadAllBytes);
        _folder.Write("model.onnx", TinyOnnx.Identity(3).ToBytes());
        File.SetLastWriteTimeUtc(_file, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        using OnnxSession replaced = Create(Options);

        OnnxSession[] all = [first, threads, providers, entries, copy, rewritten, replaced];
        Assert.Equal(all.Length, all.Select(session => session.Session).Distinct().Count());
        Assert.Equal(3, replaced.Session.InputMetadata["x"].Dimensions[^1]);
    }

    [Fact]
    public void A_session_ends_with_its_last_user_and_the_next_one_is_new()
    {
        int made = 0, ended = 0;
        OnnxSession Take() => SharedSessions.Take(new SessionKey(_file, null, Options), () =>
        {
            made++;
            return new OnnxSession(null!, ExecutionProvider.Cpu, [], () => ended++);
        });
        OnnxSession first = Take(), second = Take();

        first.Dispose();
        first.Dispose();
        Assert.Equal((1, 0), (made, ended));
        second.Dispose();
        Assert.Equal((1, 1), (made, ended));
        Take().Dispose();
        Assert.Equal((2, 2), (made, ended));
    }

    [Fact]
    public async Task Workers_that_load_at_once_load_once()
    {
        int made = 0;
        using Barrier start = new(AtOnce);
        OnnxSession[] sessions = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => OnThread(() =>
        {
            start.SignalAndWait();
            return SharedSessions.Take(new SessionKey(_file, null, Options), () =>
            {
                Interlocked.Increment(ref made);
                return new OnnxSession(null!, ExecutionProvider.Cpu, [], () => { });
            });
        })));

        Assert.Equal(1, made);
        foreach (OnnxSession session in sessions) session.Dispose();
    }

    [Fact]
    public void A_load_that_fails_leaves_nothing_behind()
    {
        Assert.Throws<ModelLoadException>(() => SharedSessions.Take(new SessionKey(_file, null, Options), () => throw new ModelLoadException("no memory")));
        using OnnxSession session = Create(Options);
        Assert.Equal(2, session.Session.InputMetadata["x"].Dimensions[^1]);
    }

    [Fact]
    public async Task Tabular_models_share_a_session_and_answer_at_once_as_alone()
    {
        string path = Path.Combine(Models, "fraud", "1");
        string[] rows = [.. File.ReadLines(Path.Combine(path, "golden.jsonl")).Select(line => JsonNode.Parse(line)!["input"]!.ToJsonString())];
        TabularModelOptions options = new() { AllowsLatency = false };
        string[] alone = Alone(() => TabularModel.Load(path, options), model => Answers(model, rows));

        TabularModel[] models = [.. Enumerable.Range(0, AtOnce).Select(_ => TabularModel.Load(path, options))];
        Assert.Single(models.Select(model => model.Session.Session).Distinct());
        await EqualAtOnce(models, alone, model => Answers(model, rows));
    }

    [Fact]
    public async Task Vision_models_share_a_session_and_answer_at_once_as_alone()
    {
        VisionDescription description = VisionDescriptionFile.Load(Path.Combine(Models, "defects", "1", "model.yaml"));
        byte[][] frames = [.. Enumerable.Range(0, 4).Select(Frame)];
        string[] alone = Alone(() => VisionModel.Load(description, new OnnxSessionFactory()), model => Answers(model, frames));

        VisionModel[] models = [.. Enumerable.Range(0, AtOnce).Select(_ => VisionModel.Load(description, new OnnxSessionFactory()))];
        Assert.Single(models.Select(model => model.Session.Session).Distinct());
        await EqualAtOnce(models, alone, model => Answers(model, frames));
    }

    // One of each way to take the cache.
    [Theory]
    [InlineData("llama/genai-fp32", "shared-buffer")]
    [InlineData("llama/optimum", "concat")]
    [InlineData(null, "packed")]
    public async Task Language_models_share_a_session_and_answer_at_once_as_alone(string? zoo, string kind)
    {
        string path = zoo is null ? Path.Combine(Models, "explain", "1") : SharedData.Require($"{Golden.Zoo}/{zoo}");
        LanguageModelOptions options = new() { MaxSequenceLength = 280, MaxSequences = 4 };
        int[][] prompts = zoo is null ? [[1, 5, 9, 30], [1, 7]] : Golden.Prompts("llama");
        string[] alone = Alone(() => LanguageModelLoader.Load(path, options), model => Tokens(model, prompts));

        LanguageModel[] models = [.. Enumerable.Range(0, 2).Select(_ => LanguageModelLoader.Load(path, options))];
        Assert.All(models, model => Assert.StartsWith(kind, model.Description.GraphKind, StringComparison.Ordinal));
        SessionKey key = new(Path.Combine(path, "model.onnx"), null, new OnnxSessionOptions { IntraOpThreads = options.Threads });
        SharedSessions.Take(key, () => throw new InvalidOperationException("The models have made sessions of their own.")).Dispose();
        await EqualAtOnce(models, alone, model => Tokens(model, prompts));
    }

    private OnnxSession Create(OnnxSessionOptions options) => new OnnxSessionFactory().Create(_file, options);

    private static Dictionary<string, string> Entries(params string[] keys) => keys.ToDictionary(key => key, _ => "0");

    private static string[] Alone<T>(Func<T> load, Func<T, string[]> answer)
        where T : IDisposable
    {
        using T model = load();
        return answer(model);
    }

    /// <summary>Every model answers in each round, all beginning a round together; then they end one after the other.</summary>
    private static async Task EqualAtOnce<T>(T[] models, string[] expected, Func<T, string[]> answer)
        where T : IDisposable
    {
        using Barrier round = new(models.Length);
        await Task.WhenAll(models.Select((model, index) => OnThread(() =>
        {
            try
            {
                using (model)
                {
                    for (int i = 0; i < Rounds + index; i++)
                    {
                        if (i < Rounds) round.SignalAndWait();
                        Assert.Equal(expected, answer(model));
                    }
                }

                return true;
            }
            catch
            {
                // The others would wait for this one.
                round.RemoveParticipant();
                throw;
            }
        })));
    }

    private static Task<T> OnThread<T>(Func<T> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static string[] Answers(IBatchModel model, string[] rows) => Answers(model, MemoryRecords.Batch(rows));

    private static string[] Answers(IBatchModel model, byte[][] frames) => Answers(model, MemoryRecord.Batch(frames.Select(frame => new MemoryRecord("camera"u8.ToArray(), frame))));

    private static string[] Answers(IBatchModel model, MicroBatch batch)
    {
        ResultBatch results = new();
        model.Run(batch, results);
        return [.. results.Results.ToArray().Select(result => result.Error?.Code ?? Encoding.UTF8.GetString(results.ValueOf(result)))];
    }

    private static string[] Tokens(LanguageModel model, int[][] prompts)
    {
        Dictionary<long, List<GenerationOutput>> outputs = EngineRuns.RunAsync(model, prompts.Select((prompt, id) => (EngineRuns.Greedy(id, prompt, 16), 0))).GetAwaiter().GetResult();
        return [.. outputs.OrderBy(pair => pair.Key).Select(pair => string.Join(' ', EngineRuns.Tokens(pair.Value)))];
    }

    private static byte[] Frame(int index)
    {
        CameraFrame frame = new(PartsCamera.Width, PartsCamera.Height);
        new PartsCamera(7).Draw(index, frame);
        return PngEncoder.Encode(frame.Rgb, frame.Width, frame.Height);
    }
}
