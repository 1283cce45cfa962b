using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StreamInference.Batching;
using StreamInference.Commit;
using StreamInference.Llm.Engine;
using StreamInference.Llm.Streams;
using StreamInference.Llm.Tests.Doubles;
using StreamInference.Pipeline;
using StreamInference.Progress;
using StreamInference.Runners;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Llm.Tests.Streams;

/// <summary>One life of a worker that serves the fake model; what the sink holds survives it.</summary>
internal sealed class StreamBench : IAsyncDisposable
{
    public const string Topic = "prompts";

    private readonly PipelineMetrics _metrics = new("test");

    public StreamBench(ScriptedSink sink, TokenStreamOptions? options = null, IPromptRenderer? prompts = null, string model = "fake")
    {
        Sink = sink;
        Executor = new FakeExecutor(EngineHarness.Slots(sequences: 4, blocks: 512), maxLength: 1200);
        LlmEngine engine = new(Executor, new LetterCodec(), new LlmEngineOptions(), Time);
        Runner = new TokenStreamRunner(
            engine, new ModelIdentity("fake", 1), options ?? new TokenStreamOptions(), prompts, Time, new TokenStreamMetrics(model), startLoop: false);
        PipelineWorkerOptions worker = new() { Pipeline = "test", MaxPollWait = TimeSpan.Zero, Streams = true, Commit = new CommitPolicy(TimeSpan.Zero) };
        Worker = new PipelineWorker(worker, Source, Runner, sink, new FixedBatchPolicy(8, TimeSpan.Zero), Time, _metrics, NullLogger.Instance);
        Source.Restores = partition => Restore(sink, partition);
        Worker.Start();
    }

    public FakeTimeProvider Time { get; } = new();

    public long Now => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public FakeRecordSource Source { get; } = new();

    public FakeExecutor Executor { get; }

    public TokenStreamRunner Runner { get; }

    public PipelineWorker Worker { get; }

    public ScriptedSink Sink { get; }

    public void Append(IEnumerable<string> requests)
    {
        foreach (string request in requests) Source.Append(Topic, 0, MemoryRecord.Of("key", request));
    }

    public void Assign() => Source.ScheduleAssign(Topic, 0, Sink.Offsets.GetValueOrDefault((Topic, 0)));

    /// <summary>One step of the engine, one pass of the worker, some time.</summary>
    public WorkerStatus Step(int milliseconds = 10)
    {
        Runner.RunOnce();
        WorkerStatus status = Worker.RunOnce();
        Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        return status;
    }

    public void RunUntilCommitted(int records, int maxSteps = 5000)
    {
        for (int i = 0; Sink.Offsets.GetValueOrDefault((Topic, 0)) < records; i++)
        {
            Assert.True(i < maxSteps, "The streams do not come to an end.");
            Step();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Worker.Dispose();
        await Runner.DisposeAsync();
        _metrics.Dispose();
    }

    /// <summary>What a reader of the result topic puts together for each request.</summary>
    public static Dictionary<long, Answer> Read(ScriptedSink sink)
    {
        Dictionary<long, Answer> answers = [];
        foreach ((string _, int _, long offset, string value, string? error) in sink.Visible)
        {
            if (!answers.TryGetValue(offset, out Answer? answer)) answers[offset] = answer = new Answer();
            if (error is not null)
            {
                answer.DeadLetters.Add(error);
                continue;
            }

            using JsonDocument json = JsonDocument.Parse(value);
            JsonElement root = json.RootElement;
            Assert.Null(answer.FinishReason);
            Assert.Equal(answer.Tokens.Count, root.GetProperty("index").GetInt32());
            answer.Tokens.AddRange(root.GetProperty("token_ids").EnumerateArray().Select(token => token.GetInt32()));
            answer.Id = root.GetProperty("id").GetString();
            answer.Text += root.GetProperty("delta").GetString();
            answer.FinishReason = root.GetProperty("finish_reason").GetString();
            answer.Records++;
            if (root.TryGetProperty("error", out JsonElement failure)) answer.ErrorCode = failure.GetProperty("code").GetString();
            if (root.TryGetProperty("usage", out JsonElement usage)) answer.CompletionTokens = usage.GetProperty("completion_tokens").GetInt32();
        }

        return answers;
    }

    private static RestoredProgress Restore(ScriptedSink sink, int partition) => new(
        sink.Progress.Where(entry => entry.Key.Partition == partition).GroupBy(entry => entry.Key.Offset).Select(request => new RequestProgress(
            request.Key,
            request.ToDictionary(entry => entry.Key.Slot, entry => entry.Value),
            request.Any(entry => ProgressState.IsDone(entry.Value)))));
}

/// <summary>An answer as its reader sees it.</summary>
internal sealed class Answer
{
    public List<int> Tokens { get; } = [];

    public string? Id { get; set; }

    public string Text { get; set; } = "";

    public string? FinishReason { get; set; }

    public string? ErrorCode { get; set; }

    public List<string> DeadLetters { get; } = [];

    public int Records { get; set; }

    public int CompletionTokens { get; set; }
}
