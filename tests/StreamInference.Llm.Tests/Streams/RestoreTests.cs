using System.Diagnostics.Metrics;
using StreamInference.TestKit.Fakes;

namespace StreamInference.Llm.Tests.Streams;

/// <summary>What happens to streams that move: read again together, and seen in the metrics.</summary>
public sealed class RestoreTests
{
    // A common beginning of several blocks, then a word of their own.
    private static readonly string[] Requests =
        [.. Enumerable.Range(0, 4).Select(i => $$"""{"prompt":"{{new string('a', 64)}}{{(char)('b' + i)}}","max_tokens":200,"temperature":0}""")];

    [Fact]
    public async Task Moved_streams_are_read_again_in_one_step_beside_each_other()
    {
        ScriptedSink sink = new();
        int[] committed = await RunAndDie(sink, Requests.Select((request, i) => request.Replace(new string('a', 64), new string((char)('a' + i), 20), StringComparison.Ordinal)));
        await using StreamBench bench = new(sink);
        List<int> sequences = [];
        bench.Executor.OnExecute = batch => sequences.Add(batch.Sequences.Length);
        bench.Append(Requests.Select((request, i) => request.Replace(new string('a', 64), new string((char)('a' + i), 20), StringComparison.Ordinal)));
        bench.Assign();
        bench.Step();
        bench.Step();
        Assert.All(committed, count => Assert.True(count > 5));
        Assert.Equal(4, sequences[0]);
        Assert.True(bench.Executor.LargestStep >= committed.Sum(), $"{bench.Executor.LargestStep} tokens in the largest step, {committed.Sum()} were committed");
    }

    [Fact]
    public async Task The_silence_of_each_moved_stream_and_what_the_prefix_cache_saved_are_measured()
    {
        ScriptedSink sink = new();
        await RunAndDie(sink, Requests);
        List<double> silences = [];
        Dictionary<string, long> tokens = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "StreamInference" && instrument.Name.Contains("stream", StringComparison.Ordinal)) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            if (instrument.Name == "streaminference.stream.silence.duration" && Has(tags, "model", nameof(RestoreTests))) silences.Add(value);
        });
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (instrument.Name != "streaminference.streams.restored_tokens" || !Has(tags, "model", nameof(RestoreTests))) return;
            foreach (KeyValuePair<string, object?> tag in tags)
                if (tag.Key == "source") tokens[(string)tag.Value!] = tokens.GetValueOrDefault((string)tag.Value!) + value;
        });
        listener.Start();
        await using StreamBench bench = new(sink, model: nameof(RestoreTests));
        bench.Time.Advance(TimeSpan.FromSeconds(3));
        bench.Append(Requests);
        bench.Assign();
        for (int i = 0; i < 30; i++) bench.Step();

        Assert.Equal(4, silences.Count);
        Assert.All(silences, silence => Assert.InRange(silence, 2.5, 3.5));
        Assert.True(tokens["cache"] >= 3 * 48, $"{tokens["cache"]} tokens came from the prefix cache");
        Assert.True(tokens["prefill"] > 0);
    }

    private static bool Has(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name, string value)
    {
        foreach (KeyValuePair<string, object?> tag in tags)
            if (tag.Key == name && (string?)tag.Value == value) return true;
        return false;
    }

    private static async Task<int[]> RunAndDie(ScriptedSink sink, IEnumerable<string> requests)
    {
        await using (StreamBench bench = new(sink))
        {
            bench.Append(requests);
            bench.Assign();
            for (int i = 0; i < 30; i++) bench.Step();
        }

        sink.Forget();
        return [.. StreamBench.Read(sink).Values.Select(answer => answer.Tokens.Count)];
    }
}
