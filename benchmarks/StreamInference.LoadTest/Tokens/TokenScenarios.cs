using System.Diagnostics;
using StreamInference.LoadTest.Load;

namespace StreamInference.LoadTest.Tokens;

/// <summary>What exactly once costs a token stream, against the same engine without Kafka in the same process.</summary>
internal sealed class TokenScenarios(Cluster cluster, TokenModel model, TimeSpan commitInterval)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>All requests at once: tokens per second through the topics against the engine's own, in turns.</summary>
    public async Task ThroughputAsync(int rounds, int requests, int tokens)
    {
        List<Throughput> alone = [], through = [];
        double progress = 0, perCommit = 0;
        for (int round = 0; round < rounds; round++)
        {
            alone.Add(await EngineAlone.RunAsync(model, requests, tokens));
            using TokenTopics topics = await TokenTopics.CreateAsync(cluster, "throughput");
            for (int i = 0; i < requests; i++) topics.Send(i, tokens);
            topics.Flush();
            using TokenReader reader = new(cluster.BootstrapServers, topics);
            await using TokenPipeline pipeline = new(cluster.BootstrapServers, topics, model.Folder, commitInterval);
            reader.WaitUntil(streams => streams.Count == requests && streams.Values.All(stream => stream.IsFinished), Limit);
            through.Add(new Throughput((long)requests * tokens, pipeline.Busy, pipeline.Processor));
            progress = reader.ProgressRecords / (double)reader.Records;
            perCommit = reader.Records / (double)pipeline.Commits;
        }

        // Pairs of neighbours: whatever else the machine does meets both.
        List<double> ratios = [.. alone.Zip(through, (a, t) => t.PerSecond / a.PerSecond)];
        List<double> processor = [.. alone.Zip(through, (a, t) => a.PerProcessorSecond / t.PerProcessorSecond)];
        Print($"{requests} requests of {tokens} tokens, {TokenModel.Slots} at a time, commits every {commitInterval.TotalMilliseconds:0} ms: {Median(through):0} tokens/s, the engine alone {Median(alone):0}: "
            + $"{At(ratios, 0.5):0.000} at the median of {rounds} rounds ({ratios.Min():0.000} to {ratios.Max():0.000}); processor {At(processor, 0.5):0.00} times, "
            + $"{At(through.ConvertAll(run => run.Cores), 0.5):0.00} cores against {At(alone.ConvertAll(run => run.Cores), 0.5):0.00}; "
            + $"{progress:0.00} progress records a result record, {perCommit:0.0} result records a commit");
    }

    /// <summary>Requests that come one after the other: the time to the first token as a reader of the topic sees it, against the engine's own.</summary>
    public async Task FirstTokenAsync(int requests, int tokens, TimeSpan spacing)
    {
        List<double> alone = await EngineAlone.FirstTokensAsync(model, requests, tokens, spacing);
        using TokenTopics topics = await TokenTopics.CreateAsync(cluster, "first-token");
        using TokenReader reader = new(cluster.BootstrapServers, topics);
        await using TokenPipeline pipeline = new(cluster.BootstrapServers, topics, model.Folder, commitInterval);
        // The first request finds everything cold.
        topics.Send(requests, tokens);
        reader.WaitUntil(streams => streams.ContainsKey(requests), Limit);
        long[] sentAt = new long[requests];
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < requests; i++)
        {
            while (Stopwatch.GetElapsedTime(started) < spacing * i) Thread.Sleep(1);
            sentAt[i] = Stopwatch.GetTimestamp();
            topics.Send(i, tokens);
        }

        List<double> atTopic = [];
        reader.WaitUntil(streams => streams.Count == requests + 1 && streams.Values.All(stream => stream.IsFinished), Limit);
        reader.WaitUntil(
            streams =>
            {
                for (int i = 0; i < requests; i++) atTopic.Add(Stopwatch.GetElapsedTime(sentAt[i], streams[i].FirstAt).TotalMilliseconds);
                return true;
            },
            Limit);
        Print($"time to the first token, a request every {spacing.TotalMilliseconds:0} ms: at the topic P50 {At(atTopic, 0.5):0.0} and P95 {At(atTopic, 0.95):0.0} ms, the engine alone {At(alone, 0.5):0.0} and {At(alone, 0.95):0.0}: "
            + $"{At(atTopic, 0.5) - At(alone, 0.5):0.0} ms more at the median");
    }

    /// <summary>A worker goes away in the middle of streams; another joins and goes on: until each has its next token, against the engine's prefill of the same.</summary>
    public async Task RestoreAsync(int streams, int tokens)
    {
        using TokenTopics topics = await TokenTopics.CreateAsync(cluster, "restore");
        using TokenReader reader = new(cluster.BootstrapServers, topics);
        int most = tokens * 2;
        for (int i = 0; i < streams; i++) topics.Send(i, most);
        await using (TokenPipeline first = new(cluster.BootstrapServers, topics, model.Folder, commitInterval))
            reader.WaitUntil(seen => seen.Count == streams && seen.Values.All(stream => stream.Tokens.Count >= tokens), Limit);
        List<List<int>> committed = [];
        reader.WaitUntil(
            seen =>
            {
                for (int i = 0; i < streams; i++) committed.Add([.. seen[i].Tokens]);
                return true;
            },
            Limit);
        TimeSpan prefill = await EngineAlone.PrefillAsync(model, committed, most);
        await using TokenPipeline second = new(cluster.BootstrapServers, topics, model.Folder, commitInterval);
        long wentOn = 0;
        reader.WaitUntil(
            seen =>
            {
                if (seen.Any(stream => stream.Value.Tokens.Count == committed[stream.Key].Count)) return false;
                wentOn = Stopwatch.GetTimestamp();
                return true;
            },
            Limit);
        TimeSpan restore = Stopwatch.GetElapsedTime(second.JoinedAt, wentOn);
        Print($"{streams} streams of {committed.Min(stream => stream.Count)} to {committed.Max(stream => stream.Count)} tokens at another worker: {restore.TotalMilliseconds:0} ms from joining until each reader has the next token, "
            + $"their prefill in the engine alone {prefill.TotalMilliseconds:0} ms: {(restore - (prefill * 1.5)).TotalMilliseconds:0} ms more than 1.5 times that");
    }

    private static double Median(List<Throughput> runs) => At(runs.ConvertAll(run => run.PerSecond), 0.5);

    private static double At(List<double> values, double quantile) => values.Order().ElementAt((int)((values.Count - 1) * quantile));

    private static void Print(string line) => Console.WriteLine(line);
}
