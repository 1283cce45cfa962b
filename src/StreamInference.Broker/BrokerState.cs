using StreamInference.Broker.Groups;
using StreamInference.Broker.Loop;
using StreamInference.Broker.Topics;
using StreamInference.Broker.Transactions;

namespace StreamInference.Broker;

/// <summary>What clients are told about the one node.</summary>
internal sealed record NodeInfo(int Id, string Host, int Port, string ClusterId);

/// <summary>Everything the handlers work on. Owned by the loop; nothing here is touched from elsewhere.</summary>
internal sealed class BrokerState
{
    public required EmbeddedBrokerOptions Options { get; init; }

    public required BrokerLoop Loop { get; init; }

    public required TopicCatalog Topics { get; init; }

    public required GroupCoordinator Groups { get; init; }

    public required TransactionCoordinator Transactions { get; init; }

    /// <summary>Set once the port is known, before the first request.</summary>
    public NodeInfo Node { get; set; } = new(0, "", 0, "");

    /// <summary>Unix milliseconds.</summary>
    public long Now => Options.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds();
}
