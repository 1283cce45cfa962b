using System.Text.Json;
using StreamInference.Broker;

namespace StreamInference.Cli.Tests;

public sealed class ProduceAndTailTests : IAsyncLifetime
{
    private EmbeddedBroker _broker = null!;

    public async ValueTask InitializeAsync() =>
        _broker = await EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions { AutoCreateTopics = true }, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task Lines_of_standard_input_come_out_of_tail_as_JSON_lines()
    {
        using CliRunner produce = new() { Input = "{\"card\":\"a\",\"amount\":1}\n\n{\"card\":\"b\",\"amount\":20}\nnot json\n" };
        await produce.Start("produce", "t", "--key", "/card", "--header", "source=test", "-b", _broker.BootstrapServers);
        Assert.Equal("", string.Join('\n', produce.Error.Split('\n').Where(l => l.Contains("failed", StringComparison.Ordinal))));
        Assert.Equal(ExitCodes.Ok, produce.ExitCode);
        Assert.Empty(produce.Out);

        using CliRunner tail = await CliRunner.Run("tail", "t", "--from", "beginning", "--count", "3", "-b", _broker.BootstrapServers);
        JsonElement[] records = [.. tail.OutLines.Select(line => JsonDocument.Parse(line).RootElement)];

        Assert.Equal(ExitCodes.Ok, tail.ExitCode);
        Assert.Equal(3, records.Length);
        Assert.All(records, r => Assert.Equal("test", r.GetProperty("headers").GetProperty("source").GetString()));
        JsonElement b = records.Single(r => r.GetProperty("key").GetString() == "b");
        Assert.Equal(20, b.GetProperty("value").GetProperty("amount").GetInt32());
        Assert.Equal("t", b.GetProperty("topic").GetString());
        Assert.Equal("not json", records.Single(r => r.GetProperty("key").ValueKind == JsonValueKind.Null).GetProperty("value").GetString());
    }

    [Fact]
    public async Task Filters_and_an_end_choose_what_is_shown()
    {
        using CliRunner produce = new() { Input = string.Join('\n', Enumerable.Range(0, 50).Select(i => $$"""{"i":{{i}},"kind":"{{(i % 2 == 0 ? "even" : "odd")}}"}""")) };
        await produce.Start("produce", "t", "--key", "/kind", "-b", _broker.BootstrapServers);

        async Task<int[]> Numbers(params string[] args)
        {
            using CliRunner tail = await CliRunner.Run(["tail", "t", "--until-end", "-b", _broker.BootstrapServers, .. args]);
            Assert.Equal(ExitCodes.Ok, tail.ExitCode);
            return [.. tail.OutLines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("value").GetProperty("i").GetInt32()).Order()];
        }

        Assert.Equal(Enumerable.Range(0, 50), await Numbers("--from", "beginning"));
        Assert.Equal((int[])[42, 44, 46, 48], await Numbers("--from", "beginning", "--where", "/i>40", "--where", "/kind=even"));
        Assert.Equal(Enumerable.Range(0, 25).Select(i => 2 * i), await Numbers("--from", "beginning", "--key", "even"));
        Assert.Equal((int[])[47, 49], await Numbers("--from", "-3", "--key", "odd"));
        Assert.Empty(await Numbers("--from", "end"));
        Assert.Empty(await Numbers("--from", "beginning", "--header", "none"));
    }

    [Fact]
    public async Task The_simulator_gives_the_same_records_for_the_same_seed_and_counts_what_it_made()
    {
        using CliRunner first = await CliRunner.Run("produce", "a", "--simulate", "--count", "300", "--seed", "7", "--bad", "0.1", "-b", _broker.BootstrapServers);
        using CliRunner second = await CliRunner.Run("produce", "b", "--simulate", "--count", "300", "--seed", "7", "--bad", "0.1", "-b", _broker.BootstrapServers);
        Assert.Equal((ExitCodes.Ok, ExitCodes.Ok), (first.ExitCode, second.ExitCode));
        Assert.Contains("300 records produced", first.Error, StringComparison.Ordinal);

        async Task<string[]> Values(string topic)
        {
            using CliRunner tail = await CliRunner.Run("tail", topic, "--from", "beginning", "--count", "300", "-b", _broker.BootstrapServers);
            return [.. tail.OutLines.Select(line => string.Join(' ', JsonDocument.Parse(line).RootElement.EnumerateObject().Where(p => p.Name.StartsWith("value", StringComparison.Ordinal)))).Order()];
        }

        Assert.Equal(await Values("a"), await Values("b"));
    }

    [Fact]
    public async Task Client_properties_and_the_address_come_from_the_environment_too()
    {
        using CliRunner produce = new() { Input = "x\n" };
        produce.Environment["STREAMINFERENCE_KAFKA__BOOTSTRAP_SERVERS"] = _broker.BootstrapServers;
        Assert.Equal(ExitCodes.Ok, await produce.Start("produce", "t", "-X", "client.id=me"));
    }

    [Fact]
    public async Task A_wrong_property_is_refused_by_its_name()
    {
        using CliRunner run = await CliRunner.Run("tail", "t", "-X", "sasl.pasword=hunter2", "-b", _broker.BootstrapServers);
        Assert.NotEqual(ExitCodes.Ok, run.ExitCode);
        Assert.Contains("sasl.pasword", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_topic_that_is_not_there_is_a_failure_with_its_name()
    {
        await using EmbeddedBroker strict = await EmbeddedBroker.StartAsync(new EmbeddedBrokerOptions(), TestContext.Current.CancellationToken);
        using CliRunner run = await CliRunner.Run("tail", "missing", "-b", strict.BootstrapServers);
        Assert.Equal(ExitCodes.Failure, run.ExitCode);
        Assert.Contains("missing", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Producing_that_is_interrupted_before_its_count_says_so_and_leaves_what_it_made()
    {
        using CliRunner produce = new();
        Task<int> producing = produce.Start("produce", "t", "--simulate", "--count", "1000000", "--rate", "200", "-b", _broker.BootstrapServers);
        while (true)
        {
            using CliRunner first = await CliRunner.Run("tail", "t", "--from", "beginning", "--count", "1", "-b", _broker.BootstrapServers);
            if (first.ExitCode == ExitCodes.Ok) break;
        }

        produce.Interrupt();

        Assert.Equal(ExitCodes.Interrupted, await producing);
        Assert.Contains("records produced", produce.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("not acknowledged", produce.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Following_ends_in_order_when_interrupted()
    {
        using CliRunner produce = new() { Input = "x\n" };
        await produce.Start("produce", "t", "-b", _broker.BootstrapServers);
        using CliRunner tail = new();
        Task<int> following = tail.Start("tail", "t", "--from", "beginning", "-b", _broker.BootstrapServers);
        await tail.WaitForLine(line => line.Contains("\"x\"", StringComparison.Ordinal));
        tail.Interrupt();
        Assert.Equal(ExitCodes.Ok, await following);
    }

    [Fact]
    public async Task Prompts_become_requests_and_answers_are_shown_as_they_grow()
    {
        using CliRunner produce = await CliRunner.Run(
            "produce", "prompts", "--prompt", "Once", "--prompt", "Twice", "--max-tokens", "5", "--temperature", "0", "--request", "{\"seed\":7}", "-b", _broker.BootstrapServers);
        using CliRunner requests = await CliRunner.Run("tail", "prompts", "--from", "beginning", "--count", "2", "-b", _broker.BootstrapServers);
        JsonElement[] records = [.. requests.OutLines.Select(line => JsonDocument.Parse(line).RootElement).OrderBy(r => r.GetProperty("value").GetProperty("prompt").GetString())];
        Assert.Equal(["Once", "Twice"], records.Select(r => r.GetProperty("value").GetProperty("prompt").GetString()));
        Assert.Equal(produce.OutLines.Order(), records.Select(r => r.GetProperty("key").GetString()!).Order());
        Assert.All(records, r => Assert.Equal(r.GetProperty("key").GetString(), r.GetProperty("value").GetProperty("id").GetString()));
        Assert.Equal((5, 7), (records[0].GetProperty("value").GetProperty("max_tokens").GetInt32(), records[0].GetProperty("value").GetProperty("seed").GetInt32()));

        using CliRunner answers = new()
        {
            Input = """
                {"id":"a","index":0,"delta":"Good ","token_ids":[1],"finish_reason":null}
                {"id":"b","index":0,"delta":"","token_ids":[],"finish_reason":"error","error":{"code":"unknown_model","message":"x"}}
                {"other":1}
                {"id":"a","index":1,"delta":"day\n","token_ids":[2,3],"finish_reason":"stop","timings":{"queue_ms":1,"ttft_ms":20,"total_ms":100}}
                """,
        };
        await answers.Start("produce", "tokens", "-b", _broker.BootstrapServers);
        using CliRunner tail = await CliRunner.Run("tail", "tokens", "--text", "--from", "beginning", "--count", "2", "-b", _broker.BootstrapServers);
        Assert.Equal(["a | Good ", "b | [error unknown_model]", "a | day⏎", "a | [stop, 3 tokens, 30 tokens/s, first after 20 ms]"], tail.OutLines);
    }

    [Theory]
    [InlineData("tail", "t", "--where", "amount>1")]
    [InlineData("tail", "t", "--text", "--json")]
    [InlineData("produce", "t", "--prompt", "x", "--simulate")]
    [InlineData("produce", "t", "--prompt", "x", "--request", "[1]")]
    [InlineData("produce", "t", "--key", "card")]
    [InlineData("tail", "t", "--from", "yesterdayish")]
    [InlineData("tail", "t", "--committed", "--uncommitted")]
    [InlineData("produce", "t", "--bad", "2")]
    [InlineData("produce", "t", "--simulate", "--file", "x")]
    [InlineData("produce", "t", "--header", "x")]
    [InlineData("produce", "t", "-X", "x")]
    public async Task A_wrong_option_is_a_usage_error(params string[] args)
    {
        using CliRunner run = await CliRunner.Run(args);
        Assert.Equal(ExitCodes.Usage, run.ExitCode);
    }
}
