using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using StreamInference.Configuration;
using StreamInference.ExactlyOnce.Fraud;
using StreamInference.ExactlyOnce.TokenStreams;
using StreamInference.ExactlyOnce.Vision;
using StreamInference.Kafka.Settings;
using StreamInference.Onnx.Language;
using StreamInference.Onnx.Tabular;
using StreamInference.Onnx.Vision;
using StreamInference.Pipeline;
using StreamInference.Replay.Jobs;
using StreamInference.Replay.Reports;
using StreamInference.Replay.Running;
using StreamInference.Simulation.Vision;
using StreamInference.TestKit;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.Replay;

/// <summary>What a replay of a bound gives: the offline scores, and the same again whoever runs it.</summary>
public abstract class ReplayedValuesSuite
{
    private const string LanguageModel = "data/llm/zoo/llama/genai-fp32";

    protected abstract Task<KafkaCluster> ClusterAsync();

    [Fact]
    public async Task Replayed_card_scores_are_the_offline_scores_and_the_same_bytes_on_any_number_of_workers()
    {
        string data = SharedData.Require(RealCardStreamSuite.Data);
        Dictionary<long, double> offline = RealCardStreamSuite.Goldens();
        KafkaCluster cluster = await ClusterAsync();
        TestTopics topics = new(cluster);
        PipelineConfig pipeline = Pipeline(cluster, topics, await topics.CreateAsync("cards", 4), "tabular", RealCardStreamSuite.ModelFolder) with { Batch = new BatchConfig { MaxSize = 100 } };
        RealCardStreamSuite.Feed(cluster, pipeline.Input.Topic, data, [.. offline.Keys], []);
        ReplayReport one = await RunAsync(cluster, topics, pipeline, new TabularModelLoader(), workers: 1);
        ReplayReport three = await RunAsync(cluster, topics, pipeline, new TabularModelLoader(), workers: 3);

        KeyDigests first = KeyDigests.Read(cluster, topics.Name("reader"), one.OutputTopic);
        Assert.Equal((offline.Count, 0), (first.Count, first.Repeated));
        Assert.Empty(first.Differences(KeyDigests.Read(cluster, topics.Name("reader"), three.OutputTopic)));
        Dictionary<long, double> replayed = [];
        Read(cluster, topics, one.OutputTopic, offline.Count, value =>
        {
            using JsonDocument result = JsonDocument.Parse(value);
            replayed.Add(result.RootElement.GetProperty("seq").GetInt64(), result.RootElement.GetProperty("score").GetDouble());
            return true;
        });
        foreach ((long row, double expected) in offline) Assert.Equal(expected, replayed[row], 1e-5);
        Assert.Equal(replayed.Values.Average(), Assert.Single(one.Scores).Mean, 1e-6);
    }

    [Fact]
    public async Task Replayed_frames_all_have_their_detections_even_of_a_latest_only_pipeline()
    {
        KafkaCluster cluster = await ClusterAsync();
        TestTopics topics = new(cluster);
        PipelineConfig pipeline = Pipeline(cluster, topics, await topics.CreateAsync("frames", 2), "vision", Path.Combine(SharedData.RepositoryRoot, "models", "defects")) with
        {
            Batch = new BatchConfig { MaxSize = 4, LatestOnly = LatestOnly.Drop },
        };
        const int frames = 40;
        CameraStream cameras = new(seed: 7, cameras: 3);
        using (IProducer<byte[], byte[]> producer = Producer(cluster))
        {
            for (int i = 0; i < frames; i++)
            {
                FrameRecord frame = cameras.Next(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
                Message<byte[], byte[]> message = new() { Key = frame.Key, Value = frame.Value, Headers = [] };
                foreach ((string name, byte[]? bytes) in frame.Headers) message.Headers.Add(name, bytes);
                producer.Produce(pipeline.Input.Topic, message);
            }

            producer.Flush(TimeSpan.FromSeconds(30));
        }

        ReplayReport one = await RunAsync(cluster, topics, pipeline, new VisionModelLoader(), workers: 1);
        ReplayReport two = await RunAsync(cluster, topics, pipeline, new VisionModelLoader(), workers: 2);
        Assert.Equal((frames, 0L), ((int)one.Results, one.DeadLetters));
        KeyDigests first = KeyDigests.Read(cluster, topics.Name("reader"), one.OutputTopic);
        Assert.Equal((frames, 0), (first.Count, first.Repeated));
        Assert.Empty(first.Differences(KeyDigests.Read(cluster, topics.Name("reader"), two.OutputTopic)));
    }

    [Fact]
    public async Task Replayed_states_of_cameras_give_what_the_model_says_of_their_frames_in_order()
    {
        KafkaCluster cluster = await ClusterAsync();
        using FrameStream stream = await FrameStream.CreateAsync(cluster, "motion", partitions: 3);
        Random noise = new(3);
        SentFrame[] frames = [.. Enumerable.Range(0, 900).Select(i => new SentFrame($"camera-{i % 7}", i / 7, VisionChaosSuite.Dim(noise, i), VisionChaosSuite.RawFrame))];
        Dictionary<string, SentFrame> sent = stream.Feed(frames);
        Dictionary<SentFrame, string?> expected = VisionChaosSuite.Undisturbed("motion", "classes", frames);
        PipelineConfig pipeline = PipelineConfigFile.Load(stream.PipelineFile, ConfigOverrides.None.With("kafka.bootstrap.servers", cluster.BootstrapServers, "test"));
        ReplayReport one = await RunAsync(cluster, stream.Topics, pipeline, new VisionModelLoader(), workers: 1);
        ReplayReport two = await RunAsync(cluster, stream.Topics, pipeline, new VisionModelLoader(), workers: 2);
        KeyDigests first = KeyDigests.Read(cluster, stream.Topics.Name("reader"), one.OutputTopic);
        Assert.Equal((frames.Length, 0), (first.Count, first.Repeated));
        Assert.Empty(first.Differences(KeyDigests.Read(cluster, stream.Topics.Name("reader"), two.OutputTopic)));
        using CommittedReader reader = new(cluster, stream.Topics.Name("values"), one.OutputTopic);
        for (int seen = 0; seen < frames.Length;)
        {
            if (reader.Next() is not { } record) continue;
            seen++;
            Assert.Equal(expected[sent[CommittedReader.SourceOf(record)]], VisionChaosSuite.Found(record.Message.Value!, "classes"));
        }
    }

    [Fact]
    public async Task Replayed_greedy_and_seeded_answers_have_the_same_tokens_and_passed_deadlines_do_not_count()
    {
        string model = SharedData.Require(LanguageModel);
        KafkaCluster cluster = await ClusterAsync();
        TestTopics topics = new(cluster);
        PipelineConfig pipeline = Pipeline(cluster, topics, await topics.CreateAsync("prompts", 2), "llm", model);
        const int requests = 12;
        using (IProducer<byte[], byte[]> producer = Producer(cluster))
        {
            for (int i = 0; i < requests; i++)
            {
                string prompt = string.Create(CultureInfo.InvariantCulture, $"Once upon a time there were {i} dragons");
                string sampling = i % 2 == 0 ? "\"temperature\":0" : string.Create(CultureInfo.InvariantCulture, $"\"temperature\":0.9,\"seed\":{i}");
                byte[] value = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"id\":\"r{i}\",\"prompt\":\"{prompt}\",\"max_tokens\":24,\"ignore_eos\":true,{sampling}}}"));
                producer.Produce(pipeline.Input.Topic, new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes($"r{i}"), Value = value, Headers = new Headers { { "si-deadline", "1000"u8.ToArray() } } });
            }

            producer.Flush(TimeSpan.FromSeconds(30));
        }

        List<Dictionary<string, Answer>> answers = [];
        foreach (int workers in new[] { 1, 2 })
        {
            ReplayReport report = await RunAsync(cluster, topics, pipeline, new LanguageStreamLoader(), workers);
            AnswerReader reader = new();
            Read(cluster, topics, report.OutputTopic, int.MaxValue, value =>
            {
                reader.Take(value);
                return reader.Finished < requests;
            });
            Assert.Empty(reader.Violations);
            answers.Add(reader.Answers.ToDictionary());
        }

        Assert.Equal(requests, answers[0].Count);
        foreach ((string id, Answer answer) in answers[0])
        {
            Assert.Equal(("length", 24), (answer.FinishReason, answer.Tokens.Count));
            Assert.Equal(answer.Tokens, answers[1][id].Tokens);
        }
    }

    private static PipelineConfig Pipeline(KafkaCluster cluster, TestTopics topics, string input, string kind, string model) => new()
    {
        Name = topics.Name("live"),
        Kind = kind,
        Input = new InputConfig { Topic = input },
        Output = new OutputConfig { Topic = topics.Name("live-out"), Headers = ResultHeaders.Source },
        Model = new ModelConfig { Path = model, Providers = ["cpu"] },
        Kafka = new KafkaConfig { Properties = new Dictionary<string, string> { ["bootstrap.servers"] = cluster.BootstrapServers } },
    };

    private static async Task<ReplayReport> RunAsync(KafkaCluster cluster, TestTopics topics, PipelineConfig pipeline, IModelLoader loader, int workers)
    {
        string output = topics.Name("replayed");
        output = $"{output}-{workers}";
        using ReplayRunner runner = await ReplayRunner.ConnectAsync(KafkaSettings.For(cluster.BootstrapServers), NullLoggerFactory.Instance);
        using ServiceProvider services = new ServiceCollection().BuildServiceProvider();
        ReplayRequest request = new() { Id = output, Pipeline = pipeline, OutputTopic = output, Workers = workers, Outputs = new ReportOutputs(["score"], []) };
        ReplayStart start = await runner.PrepareAsync(request, loader, services);
        Assert.True(start.Run is not null, start.Message);
        using ReplayRun run = start.Run;
        Assert.Equal(ReplayOutcome.Finished, await run.RunAsync(TestContext.Current.CancellationToken));
        return run.Report();
    }

    /// <summary>Reads values until <paramref name="count"/> came or <paramref name="take"/> wants no more.</summary>
    private static void Read(KafkaCluster cluster, TestTopics topics, string topic, int count, Func<byte[], bool> take)
    {
        using CommittedReader reader = new(cluster, topics.Name("values"), topic);
        DateTime limit = DateTime.UtcNow.AddMinutes(1);
        for (int seen = 0; seen < count;)
        {
            Assert.True(DateTime.UtcNow < limit, $"{seen} values came.");
            if (reader.Next() is not { } record) continue;
            seen++;
            if (!take(record.Message.Value!)) return;
        }
    }

    private static IProducer<byte[], byte[]> Producer(KafkaCluster cluster) =>
        new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = cluster.BootstrapServers, LingerMs = 5 }).SetLogHandler((_, _) => { }).Build();
}

[Collection(WorkerProcess.Collection)]
public sealed class ReplayedValuesOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : ReplayedValuesSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

[Collection(WorkerProcess.Collection)]
public sealed class ReplayedValuesOnRealKafka(RealKafkaFixture kafka) : ReplayedValuesSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}
