namespace StreamInference.Cli.Tests;

public sealed class BrokerCommandTests
{
    [Fact]
    public async Task It_prints_its_address_listens_there_and_stops_in_order()
    {
        using CliRunner broker = new();
        Task<int> running = broker.Start("broker", "--port", "0");
        string address = await broker.WaitForLine(line => line.StartsWith("127.0.0.1:", StringComparison.Ordinal));
        using System.Net.Sockets.TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", int.Parse(address.Split(':')[1]), TestContext.Current.CancellationToken);
        broker.Interrupt();

        Assert.Equal(ExitCodes.Ok, await running);
        Assert.Empty(broker.Error);
    }

    [Fact]
    public async Task A_port_in_use_is_a_failure_with_a_message()
    {
        using CliRunner first = new();
        Task<int> running = first.Start("broker", "--port", "0");
        string address = await first.WaitForLine(line => line.StartsWith("127.0.0.1:", StringComparison.Ordinal));

        using CliRunner second = await CliRunner.Run("broker", "--port", address.Split(':')[1]);
        first.Interrupt();

        Assert.Equal(ExitCodes.Failure, second.ExitCode);
        Assert.NotEmpty(second.Error);
        Assert.Equal(ExitCodes.Ok, await running);
    }
}
