using StreamInference.Kafka.Clients;
using StreamInference.Kafka.Settings;
using StreamInference.TestKit.Kafka;

namespace StreamInference.ExactlyOnce.TokenStreams;

/// <summary>The client's answers: whole while they grow, and the same for a reader that leaves and comes back.</summary>
public abstract class TokenStreamClientSuite
{
    private static readonly Dictionary<string, object?> Request = new()
    {
        ["prompt"] = "Once upon a time",
        ["max_tokens"] = 120,
        ["temperature"] = 0,
        ["ignore_eos"] = true,
    };

    protected abstract Task<KafkaCluster> ClusterAsync();

    [Fact]
    public async Task A_reader_that_leaves_and_comes_back_at_its_position_sees_the_same_text()
    {
        KafkaCluster cluster = await ClusterAsync();
        using PromptStream stream = await PromptStream.CreateAsync(cluster, partitions: 2);
        using WorkerProcess worker = new(stream.PipelineFile, cluster.BootstrapServers, "a");
        using TokenStreamClient client = new(KafkaSettings.For(cluster.BootstrapServers), stream.Input, stream.Output);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));

        List<TokenStreamDelta> whole = await client.GenerateAsync("whole", Request, limit.Token).ToListAsync(limit.Token);
        List<TokenStreamDelta> first = await client.GenerateAsync("left", Request, limit.Token).Take(1).ToListAsync(limit.Token);
        List<TokenStreamDelta> rest = await client.ResumeAsync("left", first[0].Position, limit.Token).ToListAsync(limit.Token);

        Assert.Equal(120, whole.Sum(delta => delta.TokenIds.Count));
        Assert.Equal("length", whole[^1].FinishReason);
        Assert.Equal(Enumerable.Range(0, whole.Count), whole.Select((delta, i) => delta.Index == whole.Take(i).Sum(before => before.TokenIds.Count) ? i : -1));
        Assert.Equal(string.Concat(whole.Select(delta => delta.Delta)), string.Concat(first.Concat(rest).Select(delta => delta.Delta)));
        Assert.Equal(whole.SelectMany(delta => delta.TokenIds), first.Concat(rest).SelectMany(delta => delta.TokenIds));
    }

    [Fact]
    public async Task A_request_that_is_cancelled_while_no_worker_runs_ends_when_one_comes_and_a_reader_may_come_late()
    {
        KafkaCluster cluster = await ClusterAsync();
        using PromptStream stream = await PromptStream.CreateAsync(cluster, partitions: 2, withControl: true);
        using TokenStreamClient client = new(KafkaSettings.For(cluster.BootstrapServers), stream.Input, stream.Output, stream.Control);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        IAsyncEnumerable<TokenStreamDelta> unwanted = client.GenerateAsync("unwanted", Request, limit.Token);
        IAsyncEnumerable<TokenStreamDelta> wanted = client.GenerateAsync("wanted", Request, limit.Token);
        await client.CancelAsync("unwanted", limit.Token);

        using WorkerProcess worker = new(stream.PipelineFile, cluster.BootstrapServers, "a");
        TokenStreamDelta only = Assert.Single(await unwanted.ToListAsync(limit.Token));
        List<TokenStreamDelta> whole = await wanted.ToListAsync(limit.Token);

        Assert.Equal(("cancelled", 0), (only.FinishReason, only.TokenIds.Count));
        Assert.Equal(("length", 120), (whole[^1].FinishReason, whole.Sum(delta => delta.TokenIds.Count)));
        // Everything has long been said when this reader joins.
        List<TokenStreamDelta> late = await client.ResumeAsync("wanted", new TokenStreamPosition(whole[0].Position.Partition, 0), limit.Token).ToListAsync(limit.Token);
        Assert.Equal(whole.Select(delta => (delta.Index, delta.Delta)), late.Select(delta => (delta.Index, delta.Delta)));
    }

    [Fact]
    public async Task A_refused_request_ends_with_its_error()
    {
        KafkaCluster cluster = await ClusterAsync();
        using PromptStream stream = await PromptStream.CreateAsync(cluster, partitions: 1);
        using WorkerProcess worker = new(stream.PipelineFile, cluster.BootstrapServers, "a");
        using TokenStreamClient client = new(KafkaSettings.For(cluster.BootstrapServers), stream.Input, stream.Output);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        Dictionary<string, object?> unknown = new(Request) { ["model"] = "no such model" };
        TokenStreamDelta only = Assert.Single(await client.GenerateAsync("refused", unknown, limit.Token).ToListAsync(limit.Token));
        Assert.Equal(("error", "unknown_model"), (only.FinishReason, only.ErrorCode));
    }
}

[Collection(WorkerProcess.Collection)]
public sealed class TokenStreamClientOnEmbeddedBroker(EmbeddedKafkaFixture kafka) : TokenStreamClientSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}

[Collection(WorkerProcess.Collection)]
public sealed class TokenStreamClientOnRealKafka(RealKafkaFixture kafka) : TokenStreamClientSuite
{
    protected override Task<KafkaCluster> ClusterAsync() => kafka.RequireAsync();
}
