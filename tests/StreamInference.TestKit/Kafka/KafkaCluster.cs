namespace StreamInference.TestKit.Kafka;

/// <summary>A Kafka cluster that tests talk to.</summary>
public abstract class KafkaCluster : IAsyncDisposable
{
    /// <summary>The brokers, as <c>host:port,…</c>.</summary>
    public abstract string BootstrapServers { get; }

    /// <summary>What it is, for the test log.</summary>
    public abstract string Description { get; }

    /// <summary>Whether <see cref="KillBroker"/>, <see cref="SuspendBroker"/> and the like work.</summary>
    public virtual bool CanFail => false;

    /// <summary>Ends the only broker as a crash does; its data stays.</summary>
    public virtual void KillBroker() => throw new NotSupportedException(Description);

    /// <summary>Starts the killed broker on its data and waits until it serves.</summary>
    public virtual Task RestartBrokerAsync(CancellationToken cancellation) => throw new NotSupportedException(Description);

    /// <summary>Stops the broker in its tracks: connections stay open, nothing answers.</summary>
    public virtual void SuspendBroker() => throw new NotSupportedException(Description);

    /// <summary>Lets a suspended broker go on.</summary>
    public virtual void ResumeBroker() => throw new NotSupportedException(Description);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
